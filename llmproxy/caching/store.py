"""Where answers are kept: in the shared store, never more of an organisation than its rule allows."""

from accounts.shared_store import SharedStore
from llmproxy.caching.rule import CacheRule
from llmproxy.caching.sealed import Kept, Sealer

PREFIX = "gatehouse:answers"
MEGABYTE = 1024 * 1024
# Above the largest answer that a rule can allow, with what is said about it.
MOST_BYTES = 17 * MEGABYTE
# KEYS: entry, index (name by time of expiry), sizes (bytes by name).
# ARGV: name, bytes, seconds, most bytes in all, prefix of entries.
# The time is the store's own. Expired ones are counted out first, then those that expire next make room.
KEEP = """
local now = tonumber(redis.call('TIME')[1])
local size, most = #ARGV[2], tonumber(ARGV[4])
local function forget(names)
  for _, name in ipairs(names) do
    redis.call('ZREM', KEYS[2], name)
    redis.call('HDEL', KEYS[3], name)
    redis.call('DEL', ARGV[5] .. name)
  end
end
forget(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 500))
forget({ARGV[1]})
local total = 0
for _, bytes in ipairs(redis.call('HVALS', KEYS[3])) do total = total + tonumber(bytes) end
while total + size > most do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not oldest then return 0 end
  total = total - tonumber(redis.call('HGET', KEYS[3], oldest) or '0')
  forget({oldest})
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], size)
local longest = math.max(tonumber(ARGV[3]), redis.call('TTL', KEYS[2]))
redis.call('EXPIRE', KEYS[2], longest)
redis.call('EXPIRE', KEYS[3], longest)
return 1
"""


class AnswerStore:
    """Looks up and keeps answers. Both raise StoreAway."""

    def __init__(self, store: SharedStore, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    async def find(self, organisation_id: str, name: str) -> Kept | None:
        """The answer of that name; None where there is none any more."""
        stored = await self._store.ask(lambda client: client.get(f"{PREFIX}:{organisation_id}:{name}"))
        return self._sealer.unseal(stored, name, MOST_BYTES) if isinstance(stored, bytes) else None

    async def keep(self, organisation_id: str, name: str, kept: Kept, rule: CacheRule) -> None:
        """Keep an answer for as long as the rule says, if there is room at all."""
        prefix = f"{PREFIX}:{organisation_id}"
        keys = [f"{prefix}:{name}", f"{prefix}:index", f"{prefix}:sizes"]
        sealed = self._sealer.seal(kept, name)
        await self._store.run(KEEP, keys, name, sealed, rule.ttl_seconds, rule.total_bytes, f"{prefix}:")
