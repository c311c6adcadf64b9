-- The same by pg_gradual: with its sync trigger, its second look for rows that
-- were written behind it, and ANALYZE.

CALL gradual.run('display_name', $$
    ALTER TABLE users ADD COLUMN display_name text;
    UPDATE users SET display_name = split_part(email, '@', 1) WHERE display_name IS NULL;
$$);
