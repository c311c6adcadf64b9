--
-- A WHERE over generated columns, stored or computed when they are read,
-- finds the rows that one statement would have found.
--
CREATE TABLE shipped (
    id int PRIMARY KEY,
    grams int,
    heavy boolean GENERATED ALWAYS AS (grams > 50) STORED,
    note text
);
INSERT INTO shipped (id, grams) SELECT g, g FROM generate_series(1, 100) g;

-- the default kind from 18 on
DO $$
BEGIN
    EXECUTE format('ALTER TABLE shipped ADD COLUMN double int GENERATED ALWAYS AS (grams * 2) %s',
                   CASE WHEN current_setting('server_version_num')::int < 180000
                        THEN 'STORED' ELSE 'VIRTUAL' END);
END
$$;

CALL gradual.run('backfill_generated', $$
    UPDATE shipped SET note = 'heavy' WHERE note IS NULL AND heavy AND double > 110;
    DELETE FROM shipped WHERE double <= 20;
$$);

SELECT note, count(*), min(id), max(id) FROM shipped GROUP BY note ORDER BY note;
SELECT processed FROM gradual.ledger WHERE name = 'backfill_generated';

SELECT gradual.forget('backfill_generated');
DROP TABLE shipped;
