package kpitest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lib/pq"
)

const isOutside = "which is outside the schema that is dropped after the test"

// exec runs a file of SQL in one transaction. What it would leave outside of the test's place is undone.
func (p *postgres) exec(ctx context.Context, db *sql.DB, text string) error {
	script := readScript(text)
	if line, why := script.refused(); why != "" {
		return fmt.Errorf("line %d: %s", line, why)
	}
	transactions, open, err := script.transactions()
	if err != nil {
		return err
	}
	if open {
		return errOpenTransaction
	}
	if p.schema != "" {
		if err := p.leaveExtensions(ctx, db, script); err != nil {
			return err
		}
	}
	return p.execAlone(ctx, db, text, script.fit(p.schema, transactions))
}

// leaveExtensions has a script use extensions where they are. One that is not installed would be outside the schema.
func (p *postgres) leaveExtensions(ctx context.Context, db *sql.DB, script *script) error {
	installed, err := collect(ctx, db, "SELECT extname FROM pg_catalog.pg_extension", scanName)
	if err != nil {
		return errors.New(p.explain("", err))
	}
	for name, line := range script.extensions() {
		if !slices.Contains(installed, name) {
			return fmt.Errorf("line %d: it needs the extension %s, which is not installed: install it in this database, or use a role that may create databases", line, name)
		}
	}
	members, err := collect(ctx, db, extensionMembers, scanName)
	if err != nil {
		return errors.New(p.explain("", err))
	}
	script.leavePublic(members)
	return nil
}

// extensionMembers lists the names in the schema public that belong to extensions. A test uses them where they are.
const extensionMembers = `
	WITH members AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'),
	     public AS (SELECT pg_catalog.to_regnamespace('public') AS oid)
	SELECT t.typname FROM members, public, pg_catalog.pg_type t WHERE classid = 'pg_catalog.pg_type'::regclass AND objid = t.oid AND typnamespace = public.oid
	UNION SELECT proname FROM members, public, pg_catalog.pg_proc f WHERE classid = 'pg_catalog.pg_proc'::regclass AND objid = f.oid AND pronamespace = public.oid
	UNION SELECT opcname FROM members, public, pg_catalog.pg_opclass o WHERE classid = 'pg_catalog.pg_opclass'::regclass AND objid = o.oid AND opcnamespace = public.oid
	UNION SELECT opfname FROM members, public, pg_catalog.pg_opfamily o WHERE classid = 'pg_catalog.pg_opfamily'::regclass AND objid = o.oid AND opfnamespace = public.oid
	UNION SELECT oprname FROM members, public, pg_catalog.pg_operator o WHERE classid = 'pg_catalog.pg_operator'::regclass AND objid = o.oid AND oprnamespace = public.oid
	UNION SELECT relname FROM members, public, pg_catalog.pg_class c WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid AND relnamespace = public.oid`

// execAlone runs SQL in a transaction of its own.
func (p *postgres) execAlone(ctx context.Context, db *sql.DB, text, fit string) error {
	before, err := p.outside(ctx, db)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()                // After Commit it does nothing.
	if _, err := tx.ExecContext(ctx, fit); err != nil { // Without arguments it may be many statements.
		return errors.New(p.explain(text, err))
	}
	after, err := p.outside(ctx, tx)
	if err != nil {
		return err
	}
	if err := compareOutside(before, after); err != nil {
		return err
	}
	if err := p.commit(ctx, tx); err != nil {
		return err
	}
	return p.settle(ctx, db)
}

// commit ends a transaction, which it refuses and undoes if it has changed what all databases of the server share or, in a
// schema, a table, a view or a sequence outside of it: what a test finds there stays as it is. PostgreSQL keeps the lock of
// everything that a transaction changes until its end, also where a view, a rule, a trigger or a function does it.
func (p *postgres) commit(ctx context.Context, tx *sql.Tx) error {
	changed, err := collect(ctx, tx, sharedChanges, scanName)
	if err == nil && len(changed) == 0 && p.schema != "" {
		changed, err = collect(ctx, tx, p.relationChanges(), scanName)
	}
	if err != nil {
		return errors.New(p.explain("", err))
	}
	if len(changed) > 0 {
		_ = tx.Rollback()
		return errors.New(changed[0])
	}
	if err := tx.Commit(); err != nil {
		return errors.New(p.explain("", err))
	}
	return nil
}

// changing are the locks of one's own session that come from more than reading.
const changing = `
	SELECT l.relation, l.database, l.mode FROM pg_catalog.pg_locks l
	WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')`

// sharedChanges says what a transaction has changed of what all databases of the server share.
const sharedChanges = `
	WITH shared (catalog, what) AS (VALUES
		('pg_authid', 'roles'), ('pg_auth_members', 'the members of roles'), ('pg_database', 'databases'), ('pg_tablespace', 'tablespaces'),
		('pg_db_role_setting', 'settings of roles or databases'), ('pg_shdescription', 'comments on databases, roles or tablespaces'),
		('pg_shseclabel', 'security labels of databases, roles or tablespaces'), ('pg_subscription', 'subscriptions'),
		('pg_replication_origin', 'replication origins'), ('pg_parameter_acl', 'rights to set parameters'))
	SELECT 'it changes ' || shared.what || ', which all databases of the server share'
	FROM (` + changing + `) held JOIN pg_catalog.pg_class c ON c.oid = held.relation JOIN shared ON shared.catalog = c.relname
	WHERE held.database = 0 ORDER BY 1`

// relationChanges says what a transaction has changed of the tables, views and sequences outside the schema.
func (p *postgres) relationChanges() string {
	return `
	SELECT CASE held.mode WHEN 'RowExclusiveLock' THEN 'it writes to ' ELSE 'it changes ' END ||
	       quote_ident(n.nspname) || '.' || quote_ident(c.relname) || ', ` + isOutside + `'
	FROM (` + changing + `) held JOIN pg_catalog.pg_class c ON c.oid = held.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
	  AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> ` + pq.QuoteLiteral(p.schema) + `
	ORDER BY c.relkind = 'v', c.relispartition, 1`
}

// object is something in the database, with a version that changes when it does.
type object struct{ name, version string }

// outside returns what the database holds outside the schema, other tests' places aside, by catalogue and OID. A database of
// the test's own has no outside.
func (p *postgres) outside(ctx context.Context, db session) (map[string]object, error) {
	if p.schema == "" {
		return nil, nil
	}
	var parts []string
	for catalog, columns := range map[string]string{ // The names, and the schemas that they are in.
		"pg_class": "relname relnamespace", "pg_proc": "proname pronamespace", "pg_type": "typname typnamespace", "pg_collation": "collname collnamespace",
		"pg_operator": "oprname oprnamespace", "pg_opclass": "opcname opcnamespace", "pg_opfamily": "opfname opfnamespace",
		"pg_conversion": "conname connamespace", "pg_statistic_ext": "stxname stxnamespace", "pg_ts_config": "cfgname cfgnamespace",
		"pg_ts_dict": "dictname dictnamespace", "pg_ts_parser": "prsname prsnamespace", "pg_ts_template": "tmplname tmplnamespace",
	} {
		name, namespace, _ := strings.Cut(columns, " ")
		only := map[string]string{"pg_class": "WHERE o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')", "pg_type": "WHERE o.typtype IN ('d', 'e', 'r')"}[catalog]
		parts = append(parts, fmt.Sprintf("SELECT '%s ' || o.oid, quote_ident(s.nspname) || '.' || quote_ident(o.%s), o.xmin::text FROM pg_catalog.%[1]s o JOIN schemas s ON s.oid = o.%[3]s %s",
			catalog, name, namespace, only))
	}
	for catalog, name := range map[string]string{ // What is in no schema.
		"pg_namespace": "'schema ' || quote_ident(nspname)", "pg_extension": "'extension ' || quote_ident(extname)", "pg_language": "'language ' || quote_ident(lanname)",
		"pg_event_trigger": "'event trigger ' || quote_ident(evtname)", "pg_foreign_server": "'server ' || quote_ident(srvname)",
		"pg_foreign_data_wrapper": "'foreign data wrapper ' || quote_ident(fdwname)", "pg_publication": "'publication ' || quote_ident(pubname)",
		"pg_largeobject_metadata": "'large object ' || oid", "pg_cast": "'a cast to ' || casttarget::regtype", "pg_default_acl": "'default privileges'",
	} {
		from := "pg_catalog." + catalog
		if catalog == "pg_namespace" {
			from = "schemas"
		}
		parts = append(parts, fmt.Sprintf("SELECT '%s ' || oid, %s, xmin::text FROM %s", catalog, name, from))
	}
	type found struct {
		key string
		object
	}
	objects, err := collect(ctx, db, `
		WITH schemas AS MATERIALIZED (
			SELECT oid, nspname, xmin FROM pg_catalog.pg_namespace
			WHERE nspname !~ '^pg_' AND nspname !~ '`+placePattern+`' AND nspname <> 'information_schema'
		) `+strings.Join(parts, " UNION ALL "),
		func(row *sql.Rows) (f found, err error) { return f, row.Scan(&f.key, &f.name, &f.version) })
	if err != nil {
		return nil, err
	}
	byKey := make(map[string]object, len(objects))
	for _, f := range objects {
		byKey[f.key] = f.object
	}
	return byKey, nil
}

// compareOutside reports the first thing outside that has changed, is gone or is new.
func compareOutside(before, after map[string]object) error {
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if after[key] != before[key] {
			return fmt.Errorf("it changes %s, %s", before[key].name, isOutside)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		_, was := before[key]
		if !was {
			return fmt.Errorf("%s is outside the schema that is dropped after the test: write names without a schema", after[key].name)
		}
	}
	return nil
}
