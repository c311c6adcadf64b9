-- A serial column can be dropped, with its sequence, though its default depends on
-- that: also in a restored dump, where the sequence was there first.
CREATE TABLE made (id serial, n int);
CREATE TABLE restored (id int NOT NULL, n int);
CREATE SEQUENCE restored_id_seq AS int OWNED BY restored.id;
ALTER TABLE restored ALTER id SET DEFAULT nextval('restored_id_seq');
INSERT INTO made (n) SELECT generate_series(1, 300);
INSERT INTO restored (n) SELECT generate_series(1, 300);

CALL gradual.run('made', 'ALTER TABLE made DROP id');
CALL gradual.run('restored', 'ALTER TABLE restored DROP id');
\d restored
SELECT to_regclass('made_id_seq'), to_regclass('restored_id_seq');

-- what others use is not theirs alone
CREATE TABLE lender (id serial, n int);
CREATE TABLE borrower (id int DEFAULT nextval('lender_id_seq'));
SELECT gradual.define('lender', 'ALTER TABLE lender DROP id');
SELECT gradual.forget('made'), gradual.forget('restored');
DROP TABLE borrower, made, restored, lender;
