-- Foreign keys between a table and its copy, and between the copy and others, do not
-- fail in an application that knows nothing of the copy.
\pset format unaligned
\pset tuples_only on
CREATE TABLE users (id int PRIMARY KEY, team int, bio text);
CREATE TABLE teams (id int PRIMARY KEY);
INSERT INTO teams SELECT generate_series(1, 5);
INSERT INTO users SELECT g, g % 5 + 1, 'bio ' || g FROM generate_series(1, 20) g;
SELECT gradual.define('split', $$
    CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, team int REFERENCES teams, bio text);
    INSERT INTO profiles SELECT id, team, bio FROM users;
    CREATE TABLE cascading (user_id int REFERENCES users ON UPDATE CASCADE ON DELETE CASCADE, bio text);
    INSERT INTO cascading SELECT id, bio FROM users;
$$);
SELECT gradual.start('split');
CALL gradual.wait('split');
-- the copy goes before the key looks for it
DELETE FROM users WHERE id IN (1, 2);
UPDATE users SET id = 103 WHERE id = 3;
INSERT INTO users VALUES (200, 1, 'new');
-- a team that does not exist: refused by the copy alone
UPDATE users SET team = 99 WHERE id = 4;
DELETE FROM teams WHERE id = 99;
SELECT p.*, c.* FROM profiles p FULL JOIN cascading c USING (user_id) WHERE user_id < 6 OR user_id > 100 ORDER BY p.user_id;
SELECT count(*), count(p), count(c) FROM users u FULL JOIN profiles p ON p.user_id = u.id FULL JOIN cascading c ON c.user_id = u.id;
SELECT gradual.complete('split');
CALL gradual.wait('split');
UPDATE users SET team = 1 WHERE id = 4;
SELECT gradual.complete('split');
CALL gradual.wait('split');
SELECT count(*), count(p), count(c) FROM users u
FULL JOIN profiles p ON p.user_id = u.id AND p.team = u.team AND p.bio = u.bio FULL JOIN cascading c ON c.user_id = u.id AND c.bio = u.bio;
\d profiles
\d cascading
-- from here on it is the application's
DELETE FROM users WHERE id = 5;
