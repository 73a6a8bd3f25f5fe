"""`/api/v1/audit/…`: content, what is recorded, how long it is kept. Above the apps, for it joins people and log."""
