-- A table with rows that is attached to a partition is proved to fit all tables above
-- it; so the partition has to be attached first.
CREATE TABLE p (id int, region text) PARTITION BY LIST (region);
CREATE TABLE a PARTITION OF p FOR VALUES IN ('a') PARTITION BY RANGE (id);
CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (1) TO (10);
CREATE TABLE t (id int, region text);
INSERT INTO p VALUES (1, 'a');
INSERT INTO t VALUES (10, 'a');
CREATE FUNCTION scripts(first text, second text) RETURNS text LANGUAGE sql AS
    $$SELECT 'ALTER TABLE p DETACH PARTITION a; CREATE TABLE b (id int, region text) PARTITION BY RANGE (id);' || first || ';' || second$$;

SELECT gradual.explain(scripts('ALTER TABLE b ATTACH PARTITION t FOR VALUES FROM (10) TO (20)', 'ALTER TABLE p ATTACH PARTITION b FOR VALUES IN (''a'')'));
SELECT gradual.explain(scripts('ALTER TABLE a ATTACH PARTITION t FOR VALUES FROM (10) TO (20)', 'ALTER TABLE p ATTACH PARTITION a FOR VALUES IN (''a'')'));

SELECT phase, statement, action, target, cost
    FROM gradual.explain(scripts('ALTER TABLE p ATTACH PARTITION b FOR VALUES IN (''a'')', 'ALTER TABLE b ATTACH PARTITION t FOR VALUES FROM (10) TO (20)'))
    WHERE statement > 2;
CALL gradual.run('m', scripts('ALTER TABLE p ATTACH PARTITION b FOR VALUES IN (''a'')', 'ALTER TABLE b ATTACH PARTITION t FOR VALUES FROM (10) TO (20)'));
SELECT tableoid::regclass, * FROM p;

-- small tables are gone through at once, in any order
SET gradual.direct_pages = 1000;
CALL gradual.run('back', 'ALTER TABLE p DETACH PARTITION b; ALTER TABLE b DETACH PARTITION t');
CALL gradual.run('n', $$
    ALTER TABLE a ATTACH PARTITION t FOR VALUES FROM (10) TO (20);
    ALTER TABLE p ATTACH PARTITION a FOR VALUES IN ('a')
$$);
SELECT tableoid::regclass, * FROM p ORDER BY id;
SELECT conname FROM pg_constraint WHERE conrelid IN ('a'::regclass, 't'::regclass) AND contype = 'c';

DROP TABLE p, b;
DROP FUNCTION scripts(text, text);
