-- Row security that comes while a migration is paused, and hides rows from its
-- owner: the migration fails, and the hint names the role, ready to be pasted.
SET client_min_messages = warning;
CREATE ROLE "regress_gradual Filler" LOGIN;
CREATE TABLE visits (id int PRIMARY KEY, seen int);
INSERT INTO visits SELECT generate_series(1, 100);
GRANT SELECT, UPDATE ON visits TO "regress_gradual Filler";
SET ROLE "regress_gradual Filler";
SELECT gradual.define('fill', 'UPDATE visits SET seen = 0 WHERE seen IS NULL');
BEGIN;
SELECT gradual.start('fill');
SELECT gradual.pause('fill');
COMMIT;
RESET ROLE;
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
SELECT gradual.resume('fill');
CALL gradual.wait('fill');
ALTER ROLE "regress_gradual Filler" BYPASSRLS;
SELECT gradual.start('fill', auto_complete => true);
CALL gradual.wait('fill');
SELECT count(*) FROM visits WHERE seen = 0;
SELECT gradual.forget('fill');
DROP TABLE visits;
DROP ROLE "regress_gradual Filler";
