-- Asks Keydesk about a request before it goes on. HAProxy 2.5 or newer; nothing but what it brings along.

local KEYDESK = "http://127.0.0.1:8081/authz/forward"
-- local TOKEN = "…"   -- when the data listener is not on loopback

-- Every header that tells the API who calls: set from the answer, whatever the client sent.
local IDENTITY = {
    "x-auth-key-id",
    "x-auth-key-name",
    "x-auth-subject",
    "x-auth-org",
    "x-auth-project",
    "x-auth-scopes",
    "x-auth-env",
    "x-auth-outcome",
    "x-auth-jwt",
}

-- What belongs to the client's connection, or is said anew below.
local NOT_PASSED_ON = {
    ["host"] = true, ["connection"] = true, ["keep-alive"] = true, ["proxy-connection"] = true, ["te"] = true,
    ["trailer"] = true, ["transfer-encoding"] = true, ["upgrade"] = true, ["content-length"] = true,
    ["content-type"] = true, ["expect"] = true, ["x-forwarded-method"] = true, ["x-forwarded-host"] = true,
    ["x-forwarded-uri"] = true, ["x-forwarded-for"] = true, ["x-forwarded-proto"] = true,
}

local function refuse(txn, status, headers, body)
    local reply = txn:reply { status = status }
    for name, values in pairs(headers) do
        for _, value in pairs(values) do
            reply:add_header(name, value)
        end
    end
    reply:set_body(body or "")
    txn:done(reply)
end

-- The lines of a table as HAProxy hands it out, which counts from 0.
local function lines(values)
    local list = {}
    for index = 0, #values do
        list[#list + 1] = values[index]
    end
    return list
end

core.register_action("keydesk", { "http-req" }, function(txn)
    local asked = {}
    for name, values in pairs(txn.http:req_get_headers()) do
        if not NOT_PASSED_ON[name] then
            asked[name] = lines(values)
        end
    end
    asked["x-forwarded-method"] = { txn.sf:method() }
    asked["x-forwarded-host"] = { txn.sf:req_hdr("host") }
    asked["x-forwarded-uri"] = { txn.sf:url() }
    asked["x-forwarded-for"] = { txn.sf:src() }
    -- asked["x-keydesk-token"] = { TOKEN }

    local answer = core.httpclient():get { url = KEYDESK, headers = asked, timeout = 2000 }
    if answer == nil or answer.status == nil or answer.status == 0 then
        return refuse(txn, 503, { ["retry-after"] = { "1" } })
    end
    if answer.status ~= 200 then
        local headers = {}
        for _, name in ipairs { "content-type", "www-authenticate", "retry-after", "cache-control" } do
            headers[name] = answer.headers[name] and lines(answer.headers[name])
        end
        return refuse(txn, answer.status, headers, answer.body)
    end
    for _, name in ipairs(IDENTITY) do
        local value = answer.headers[name] and answer.headers[name][0]
        txn.http:req_del_header(name)
        txn.http:req_set_header(name, value or "")
    end
end)
