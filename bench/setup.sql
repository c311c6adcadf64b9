-- The table of the measurement, in the database that each run gets a copy of.
-- By default rows of about 290 bytes, 27 to a page, no page with room left; the
-- primary key, an index that follows the order of the table, and one that does
-- not.  bench/variants says what else there is.

-- The key of a row; for the application, too
CREATE FUNCTION key(number bigint) RETURNS :key_type LANGUAGE sql IMMUTABLE
RETURN :key;

CREATE TABLE users (
    id         :key_type NOT NULL,
    email      text NOT NULL,
    name       text NOT NULL,
    payload    text NOT NULL,
    created_at timestamptz NOT NULL,
    status     text NOT NULL,
    logins     int NOT NULL DEFAULT 0
) WITH (fillfactor = 100);

INSERT INTO users
SELECT key(i),
       left(md5(i::text), 13) || '@example.com',
       'name ' || i,
       left(repeat(md5((i * 3)::text), 50), :payload),
       timestamptz '2020-01-01' + i * interval '10 s',
       (ARRAY['active', 'pending', 'closed'])[1 + i % 3]
FROM generate_series(1, :rows) i;

ALTER TABLE users ADD PRIMARY KEY (id);
\if :more_indexes
CREATE INDEX users_created_at ON users (created_at);
CREATE INDEX users_email ON users (email);
\endif

-- Else who comes first would set hint bits for all the others.
VACUUM (FREEZE, ANALYZE) users;
