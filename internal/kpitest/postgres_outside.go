package kpitest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"
)

const isOutside = "which is outside the schema that is dropped after the test"

// exec runs a file of SQL. In a schema it runs in one transaction, and what it would leave outside is undone.
func (p *postgres) exec(ctx context.Context, db *sql.DB, text string) error {
	script := readScript(text)
	if line, why := script.refused(); why != "" {
		return fmt.Errorf("line %d: %s", line, why)
	}
	if p.schema == "" {
		if _, err := db.ExecContext(ctx, script.fit("", nil)); err != nil { // Without arguments it may be many statements.
			return errors.New(p.explain(text, err))
		}
		return p.settle(ctx, db)
	}
	transactions, open, err := script.transactions()
	if err != nil {
		return err
	}
	if open {
		return errOpenTransaction
	}
	return p.execInSchema(ctx, db, text, script.fit(p.schema, transactions))
}

func (p *postgres) execInSchema(ctx context.Context, db *sql.DB, text, fit string) error {
	before, err := p.outside(ctx, db)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // After Commit it does nothing.
	if _, err := tx.ExecContext(ctx, fit); err != nil {
		return errors.New(p.explain(text, err))
	}
	after, err := p.outside(ctx, tx)
	if err != nil {
		return err
	}
	for name := range before {
		if after[name] != before[name] {
			return fmt.Errorf("it changes %s, %s", name, isOutside)
		}
	}
	for name := range after {
		if before[name] == "" {
			return fmt.Errorf("%s is outside the schema that is dropped after the test: write names without a schema", name)
		}
	}
	if err := p.commit(ctx, tx); err != nil {
		return err
	}
	return p.settle(ctx, db)
}

// commit ends a transaction, which it refuses and undoes if it has written to a table, a view or a sequence outside of the
// schema: what a test finds there stays as it is. PostgreSQL keeps the lock of everything that a transaction writes to until
// its end, also where a view, a rule, a trigger or a function writes.
func (p *postgres) commit(ctx context.Context, tx *sql.Tx) error {
	if p.schema != "" {
		written, err := collect(ctx, tx, `
			SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
			FROM pg_catalog.pg_locks l
			JOIN pg_catalog.pg_class c ON c.oid = l.relation
			JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock'
			  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
			  AND c.relkind IN ('r', 'p', 'v', 'f', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> `+pq.QuoteLiteral(p.schema)+`
			ORDER BY c.relkind = 'v', c.relispartition, 1`, scanName)
		if err != nil {
			return errors.New(p.explain("", err))
		}
		if len(written) > 0 {
			_ = tx.Rollback()
			return fmt.Errorf("it writes to %s, %s", written[0], isOutside)
		}
	}
	if err := tx.Commit(); err != nil {
		return errors.New(p.explain("", err))
	}
	return nil
}

// outside returns what the database holds outside the schema, and of other tests: the names with what changes when they do.
func (p *postgres) outside(ctx context.Context, db session) (map[string]string, error) {
	type object struct{ name, version string }
	objects, err := collect(ctx, db, `
		WITH schemas AS (
			SELECT oid, nspname, xmin FROM pg_catalog.pg_namespace
			WHERE nspname !~ '^(kpi_test|pg)_' AND nspname <> 'information_schema'
		)
		SELECT 'schema ' || quote_ident(nspname), oid || ' ' || xmin FROM schemas
		UNION ALL
		SELECT quote_ident(s.nspname) || '.' || quote_ident(c.relname), c.oid || ' ' || c.xmin
		FROM pg_catalog.pg_class c JOIN schemas s ON s.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
		UNION ALL
		SELECT quote_ident(s.nspname) || '.' || quote_ident(f.proname) || '()' || f.oid, f.oid || ' ' || f.xmin
		FROM pg_catalog.pg_proc f JOIN schemas s ON s.oid = f.pronamespace
		UNION ALL
		SELECT quote_ident(s.nspname) || '.' || quote_ident(t.typname), t.oid || ' ' || t.xmin
		FROM pg_catalog.pg_type t JOIN schemas s ON s.oid = t.typnamespace
		WHERE t.typtype IN ('d', 'e', 'r')
		UNION ALL
		SELECT 'extension ' || quote_ident(extname), oid || ' ' || xmin FROM pg_catalog.pg_extension`,
		func(row *sql.Rows) (o object, err error) { return o, row.Scan(&o.name, &o.version) })
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(objects))
	for _, o := range objects {
		names[o.name] = o.version
	}
	return names, nil
}
