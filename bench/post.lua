-- wrk: POST with the headers of BENCH_HEADERS (one a line) and BENCH_BODY, or a chat body of about 430 bytes for BENCH_MODEL. Counts every answer that is not 200.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
for line in string.gmatch(os.getenv("BENCH_HEADERS") or "", "[^\n]+") do
  local name, value = string.match(line, "^([^:]+):%s*(.*)$")
  wrk.headers[name] = value
end
wrk.body = os.getenv("BENCH_BODY") or string.format(
  '{"model":"%s","messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"%s"}],"temperature":0.2}',
  os.getenv("BENCH_MODEL") or "bench", string.rep("word ", 60))

local threads = {}
function setup(thread) table.insert(threads, thread) end
function init(args) refused = 0 end
function response(status) if status ~= 200 then refused = refused + 1 end end
function done(summary, latency, requests)
  local all = 0
  for _, thread in ipairs(threads) do all = all + thread:get("refused") end
  local errors = summary.errors
  io.write(string.format(
    'JSON {"requests":%d,"seconds":%.4f,"refused":%d,"broken":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, all, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
