-- What the migration is without any tool: one statement, one transaction.
-- Every row stays locked until its end.

UPDATE users SET display_name = split_part(email, '@', 1) WHERE display_name IS NULL;
