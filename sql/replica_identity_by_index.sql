-- An index that cannot be a replica identity is refused at define, in
-- PostgreSQL's words; and REPLICA IDENTITY waits for the NOT NULL that it needs.
\pset tuples_only on
CREATE TABLE item (id int PRIMARY KEY, code int, n int NOT NULL);
INSERT INTO item SELECT i, i, i FROM generate_series(1, 20) i;
CREATE UNIQUE INDEX by_code ON item (code);
CREATE UNIQUE INDEX by_n ON item (n) INCLUDE (code);
CREATE UNIQUE INDEX part ON item (n) WHERE n > 4;
CREATE UNIQUE INDEX expression ON item ((n + 1));
ALTER TABLE item ADD CONSTRAINT later UNIQUE (n) DEFERRABLE;

SELECT gradual.explain('ALTER TABLE item REPLICA IDENTITY USING INDEX by_code');
SELECT gradual.explain('ALTER TABLE item REPLICA IDENTITY USING INDEX part');
SELECT gradual.explain('ALTER TABLE item REPLICA IDENTITY USING INDEX expression');
SELECT gradual.explain('ALTER TABLE item REPLICA IDENTITY USING INDEX later');
SELECT gradual.explain('CREATE UNIQUE INDEX own ON item (n, code); ALTER TABLE item REPLICA IDENTITY USING INDEX own');
SELECT gradual.explain('ALTER TABLE item ALTER n DROP NOT NULL; ALTER TABLE item REPLICA IDENTITY USING INDEX by_n');
SELECT phase, action FROM gradual.explain('ALTER TABLE item REPLICA IDENTITY USING INDEX by_n') ORDER BY step;

SELECT phase, action FROM gradual.explain('ALTER TABLE item ALTER code SET NOT NULL; ALTER TABLE item REPLICA IDENTITY USING INDEX by_code') ORDER BY step;
CALL gradual.run('identity', 'ALTER TABLE item ALTER code SET NOT NULL; ALTER TABLE item REPLICA IDENTITY USING INDEX by_code');
CALL gradual.run('identity of a new column', $$
    ALTER TABLE item ADD m int NOT NULL;
    UPDATE item SET m = n;
    CREATE UNIQUE INDEX by_m ON item (m);
    ALTER TABLE item REPLICA IDENTITY USING INDEX by_m
$$);
SELECT indexrelid::regclass FROM pg_index WHERE indisreplident;
