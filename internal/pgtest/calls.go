package pgtest

// Calls is SQL that makes a function called call. It returns how often it was called in the database, this time included, and
// remembers that whatever becomes of the transaction: over another connection it inserts a row into the table calls.
const Calls = `CREATE EXTENSION dblink;
	CREATE TABLE calls ();
	CREATE FUNCTION call() RETURNS int LANGUAGE plpgsql AS $$
	DECLARE before int := (SELECT count(*) FROM calls);
	BEGIN
		PERFORM dblink_exec(format('host=127.0.0.1 port=%s user=postgres dbname=%s', inet_server_port(), current_database()), 'INSERT INTO calls DEFAULT VALUES');
		RETURN before + 1;
	END $$`
