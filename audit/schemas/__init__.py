"""What a record of each type holds, as versioned JSON Schemas (AUDIT C1). Within a version, members are only added."""
