"""What every check works with: the client signed in, the server's doors, and the report."""

from pinecone import Admin

from wire import Wire


class Desk:
    def __init__(self, report, server):
        self.report = report
        self.server = server
        self.first_run = server.first_run()
        self.organization_id = self.first_run["organization_id"]
        self.sign_in()

    def sign_in(self):
        """Anew after each start: the addresses change."""
        self.admin = self.client(self.first_run)

    def client(self, credential, **more):
        return Admin(
            client_id=credential["client_id"],
            client_secret=credential["client_secret"],
            host=self.server.public_url,
            oauth_url=f"{self.server.public_url}/oauth/token",
            **more,
        )

    def project(self, name="acceptance"):
        """The id of a new project."""
        return self.admin.projects.create(name=name).id

    def key(self, project_id, name="a key", **more):
        """A new key with its value."""
        return self.admin.api_keys.create(project_id=project_id, name=name, **more)

    def verify(self, value, action=None, resource=None):
        with Wire(self.server.data_url) as door:
            return door.verify(value, action, resource)

    def code(self, value, action=None, resource=None):
        return self.verify(value, action, resource)["code"]

    def call(self, method, path, body=None, headers=None, *, version="2026-07", token=None):
        """A request to the Admin API as any other client would send it."""
        headers = {"Authorization": f"Bearer {token or self.token()}", **(headers or {})}
        if version:
            headers["X-Pinecone-Api-Version"] = version
        with Wire(self.server.public_url) as wire:
            return wire.request(method, path, body, headers)

    def ask_for_token(self, body, headers):
        with Wire(self.server.public_url) as wire:
            return wire.request("POST", "/oauth/token", body, headers)

    def token(self):
        fields = "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask_for_token(fields.format(**self.first_run), form).json()["access_token"]
