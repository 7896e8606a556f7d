//! A running server, killed when the test ends however it ends.

use super::wire::Request;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

pub(crate) struct Server {
    child: Child,
    pub(crate) public: SocketAddr,
    pub(crate) data: SocketAddr,
    gateway: Option<SocketAddr>,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts and waits until it says that it is ready.
    pub(super) fn start(mut command: Command) -> Server {
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let log = Arc::new(Mutex::new(String::new()));
        let ready = collect(child.stderr.take().expect("piped"), Arc::clone(&log));
        if ready.recv().is_err() {
            let status = child.wait();
            panic!("the server ended with {status:?}:\n{}", log.lock().unwrap());
        }
        let text = log.lock().unwrap().clone();
        let address = |name: &str| -> SocketAddr {
            let said = text.split(name).nth(1).expect("the log names the listeners");
            said.split([' ', ',', '\n']).next().unwrap().parse().expect("an address")
        };
        let (public, data) = (address("public listener on "), address("data listener on "));
        let gateway = text.contains("gateway on ").then(|| address("gateway on "));
        Server { child, public, data, gateway, log }
    }

    /// Of a site with the flag for one.
    pub(crate) fn gateway(&self) -> SocketAddr {
        self.gateway.expect("there is a gateway")
    }

    /// All that it logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
            && Request::new("GET", "/livez").send(self.data).status == 200
    }

    /// As a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// As an operator would: the exit status of a server that was asked to end.
    pub(crate) fn stop(self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the log until its end; the receiver hears of the line `ready`, or that there is none.
fn collect(stderr: std::process::ChildStderr, log: Arc<Mutex<String>>) -> Receiver<()> {
    let (say, hear) = channel();
    std::thread::spawn(move || {
        let mut lines = BufReader::new(stderr);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line).into_owned();
            log.lock().unwrap().push_str(&text);
            if text == "ready\n" {
                // Whoever waited may be gone.
                let _ = say.send(());
            }
            line.clear();
        }
    });
    hear
}
