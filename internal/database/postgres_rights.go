package database

import (
	"context"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// standbyDataUntil is the instant up to which a standby has replayed: now, if it receives from the primary and has replayed all of
// it, else when the last transaction was committed that it has replayed. Promoted to a primary, it is complete.
const standbyDataUntil = "SELECT CASE WHEN NOT pg_is_in_recovery()" +
	" OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver)" +
	" THEN now() ELSE pg_last_xact_replay_timestamp() END"

// inspect finds out whether the server is a standby, and what the role may do beyond reading.
func (postgres) inspect(ctx context.Context, s *session) (advice Advice, err error) {
	isSuperuser := false
	if err := s.conn.QueryRowxContext(ctx, "SELECT current_user, r.rolsuper, pg_catalog.pg_is_in_recovery()"+
		" FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user").Scan(&advice.Role, &isSuperuser, &advice.Standby); err != nil {
		return Advice{}, err
	}
	if advice.Standby {
		advice.DataUntil = standbyDataUntil
	}
	if isSuperuser { // Who may do everything.
		advice.Rights = []string{"is a superuser"}
		return advice, nil
	}
	advice.Rights, err = s.rights(ctx)
	return advice, err
}

// right is something that a role may do beyond reading tables, and the question in which cases it may. The answer is names; without
// any the role does not have the right.
type right struct {
	verb, noun, cases string
	all               bool // With it, the role has every other, too.
}

// rights returns what the role of the session may do beyond reading tables, as sentences go on after its name.
func (s *session) rights(ctx context.Context) ([]string, error) {
	var list []string
	for _, r := range postgresRights() {
		n, names := 0, ""
		if err := s.conn.QueryRowxContext(ctx, namesOf(r.cases)).Scan(&n, &names); err != nil {
			return list, err
		}
		switch {
		case n == 0:
			continue
		case r.noun != "":
			names = format.Count(n, r.noun) + " (" + names + ")"
		}
		if list = append(list, r.verb+" "+escape(names)); r.all {
			return list, nil
		}
	}
	return list, nil
}

// namesOf counts the names that a question finds and lists the first three. In it, r are the role of the session and all that it can
// become: a query can do so as well, with set_config('role', …).
func namesOf(cases string) string {
	return "WITH r AS (SELECT * FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(current_user, oid, 'MEMBER'))," +
		" f (name) AS (" + cases + ")" +
		" SELECT count(*), coalesce(string_agg(CASE WHEN n = 4 THEN '…' ELSE name END, ', ' ORDER BY n) FILTER (WHERE n <= 4), '')" +
		" FROM (SELECT name::text, row_number() OVER (ORDER BY name::text) AS n FROM f) AS numbered"
}

func postgresRights() []right {
	const users = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'" // Not the schemas of the server itself.
	return []right{
		{verb: "is a member of the superuser", cases: "SELECT rolname FROM r WHERE rolsuper", all: true},
		{verb: "is a member of", cases: `
			SELECT rolname FROM r WHERE rolname IN ('pg_checkpoint', 'pg_create_subscription', 'pg_execute_server_program', 'pg_maintain',
				'pg_read_server_files', 'pg_signal_autovacuum_worker', 'pg_signal_backend', 'pg_write_all_data', 'pg_write_server_files')`},
		{verb: "has", cases: `
			SELECT DISTINCT a.name FROM r, LATERAL (VALUES ('CREATEDB', rolcreatedb), ('CREATEROLE', rolcreaterole),
				('REPLICATION', rolreplication)) AS a (name, held) WHERE held`},
		{verb: "may write to", noun: "table", cases: `
			SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
			FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
			WHERE c.relkind IN ('r', 'p', 'v', 'f') AND ` + users + ` AND EXISTS (
				SELECT FROM r WHERE pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
				AND (pg_catalog.has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
					OR pg_catalog.has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE')))`},
		{verb: "may act outside the transaction with", cases: `
			SELECT DISTINCT pg_catalog.format('%I.%I', n.nspname, p.proname)
			FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
			WHERE (` + users + ` AND (NOT l.lanpltrusted AND l.lanname NOT IN ('internal', 'c')
					OR p.proname ~ '^(dblink|dblink_exec|dblink_connect|dblink_connect_u|dblink_open|dblink_send_query)$')
				OR p.proname ~ '^(run_command_on_.*|master_run_on_worker)$' -- Of Citus, which puts them into pg_catalog.
				OR p.proname ~ '^(pg_file_(write|unlink|rename|sync)|pg_read_(binary_)?file|lo_(import|export)|pg_reload_conf|pg_rotate_logfile|pg_promote)$'
				OR p.proname ~ '^pg_(backup_start|backup_stop|switch_wal|create_restore_point|wal_replay_(pause|resume)|stat_reset.*|replication_origin_.*)$')
			AND EXISTS (SELECT FROM r WHERE pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE') AND pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE'))`},
		{verb: "may create tables in", noun: "schema", cases: `
			SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace AS n WHERE ` + users + `
			AND EXISTS (SELECT FROM r WHERE pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE'))`},
		{verb: "may create schemas in", noun: "database", cases: `
			SELECT pg_catalog.quote_ident(d.datname) FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()
			AND EXISTS (SELECT FROM r WHERE pg_catalog.has_database_privilege(r.oid, d.oid, 'CREATE'))`},
	}
}
