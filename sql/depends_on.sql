-- A migration that depends on another one is only parsed until that one is
-- completed, and does not start before.
CREATE TABLE users (id bigint PRIMARY KEY);
INSERT INTO users SELECT generate_series(1, 10);

SELECT gradual.define('first', 'ALTER TABLE users ADD x int NOT NULL DEFAULT 1');
SELECT gradual.define('second', 'CREATE INDEX users_x ON users (x)', depends_on => '{first}');
SELECT count(*) AS steps FROM gradual.plan('second');
-- .. parsed it is
SELECT gradual.define('third', 'CREATE INDEX ON users (x', depends_on => '{first}');
SELECT gradual.define('third', 'SELECT 1; SAVEPOINT s', depends_on => '{first}');
SELECT gradual.define('third', '', depends_on => '{first}');
SELECT gradual.define('third', 'BEGIN; CREATE INDEX ON users (nope); COMMIT', depends_on => '{second,first}');
-- .. the same again
SELECT gradual.define('second', 'CREATE INDEX users_x ON users (x)', depends_on => '{first}');

-- Not before the other
SELECT gradual.start('second');
SELECT gradual.start('third');
SELECT name, status FROM gradual.ledger WHERE name IN ('first', 'second', 'third', 'fourth', 'fifth', 'sixth') ORDER BY name;

SELECT gradual.start('first');
CALL gradual.wait('first', '1 min');
SELECT gradual.start('second');
CALL gradual.wait('second', '1 min');
SELECT name, status FROM gradual.ledger WHERE name IN ('first', 'second', 'third', 'fourth', 'fifth', 'sixth') ORDER BY name;
SELECT step, phase, action, target FROM gradual.plan('second');
-- .. the check that define() could not make
SELECT gradual.start('third');
SELECT name, status, error FROM gradual.ledger WHERE name = 'third';

-- With a dependency that is completed define() checks as always
SELECT gradual.define('fourth', 'CREATE INDEX ON users (nope)', depends_on => '{first}');
SELECT gradual.define('fourth', 'CREATE INDEX ON users (x)', depends_on => '{first}');
SELECT action FROM gradual.plan('fourth');

-- What is gone is not completed
SELECT gradual.define('sixth', 'SELECT 1', depends_on => '{fourth}');
SELECT gradual.forget('fourth');
SELECT gradual.start('sixth');
SELECT gradual.define('fourth', 'CREATE INDEX ON users (x)');

-- Not around in a circle
SELECT gradual.define('fifth', 'SELECT 1', depends_on => '{fourth}');
SELECT gradual.define('fourth', 'SELECT 2', depends_on => '{fifth}');

SELECT gradual.forget(name) FROM gradual.ledger WHERE name IN ('first', 'second', 'third', 'fourth', 'fifth', 'sixth') ORDER BY name;
DROP TABLE users;
