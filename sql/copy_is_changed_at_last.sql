-- What the script changes in a copy is changed in all of its rows, those too that
-- were carried over later.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE users (id int PRIMARY KEY, bio text);
INSERT INTO users SELECT g, 'Bio ' || g FROM generate_series(1, 5) g;
SELECT gradual.define('change', $$
    CREATE TABLE profiles (id int PRIMARY KEY, bio text);
    INSERT INTO profiles SELECT id, bio FROM users;
    UPDATE profiles SET bio = upper(bio);
    DELETE FROM profiles WHERE bio = 'SPAM';
    INSERT INTO profiles VALUES (4, 'four') ON CONFLICT (id) DO UPDATE SET bio = profiles.bio || '!'
$$);
SELECT step, phase, action, reversible FROM gradual.plan('change');
SELECT gradual.start('change');
CALL gradual.wait('change');
UPDATE users SET bio = 'spam' WHERE id = 2;
UPDATE users SET bio = 'new' WHERE id = 3;
UPDATE users SET bio = 'new' WHERE id = 4;
INSERT INTO users VALUES (6, 'six'), (7, 'Spam');
TABLE profiles ORDER BY id;
SELECT gradual.complete('change');
CALL gradual.wait('change');
TABLE profiles ORDER BY id;
DROP TABLE users, profiles;
