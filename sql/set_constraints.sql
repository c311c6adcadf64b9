-- SET CONSTRAINTS .. IMMEDIATE, as Django writes it before it drops a foreign key, is
-- left out with a notice.  DEFERRED, which a migration cannot give, is refused.
\set VERBOSITY default
CREATE TABLE buyers (id int PRIMARY KEY);
CREATE TABLE bills (id int PRIMARY KEY, buyer int CONSTRAINT bills_buyer_fk REFERENCES buyers DEFERRABLE INITIALLY DEFERRED);
INSERT INTO buyers SELECT generate_series(1, 300);
INSERT INTO bills SELECT n, n FROM generate_series(1, 300) n;

CALL gradual.run('fk', $$
    BEGIN;
    SET CONSTRAINTS "bills_buyer_fk" IMMEDIATE; ALTER TABLE bills DROP CONSTRAINT "bills_buyer_fk";
    ALTER TABLE bills ADD CONSTRAINT bills_buyer_fk FOREIGN KEY (buyer) REFERENCES buyers ON DELETE CASCADE;
    SET CONSTRAINTS ALL IMMEDIATE;
    COMMIT;
$$);
\d bills

SELECT gradual.define('later', 'SET CONSTRAINTS ALL DEFERRED; INSERT INTO bills VALUES (301, 301); INSERT INTO buyers VALUES (301)');

SELECT gradual.forget('fk');
DROP TABLE bills, buyers;
