-- The table of the measurement, in the database that each run gets a copy of.
-- Rows of about 290 bytes, 27 to a page, no page with room left; an index that
-- follows the order of the table, one that does not, and the primary key.
--
-- psql -v rows=1000000 -f bench/setup.sql

CREATE TABLE users (
    id         bigint NOT NULL,
    email      text NOT NULL,
    name       text NOT NULL,
    payload    text NOT NULL,
    created_at timestamptz NOT NULL,
    status     text NOT NULL
) WITH (fillfactor = 100);

INSERT INTO users
SELECT i,
       left(md5(i::text), 13) || '@example.com',
       'name ' || i,
       left(repeat(md5((i * 3)::text), 7), 200),
       timestamptz '2020-01-01' + i * interval '10 s',
       (ARRAY['active', 'pending', 'closed'])[1 + i % 3]
FROM generate_series(1, :rows) i;

ALTER TABLE users ADD PRIMARY KEY (id);
CREATE INDEX users_created_at ON users (created_at);
CREATE INDEX users_email ON users (email);

-- Else who comes first would set hint bits for all the others.
VACUUM (FREEZE, ANALYZE) users;
