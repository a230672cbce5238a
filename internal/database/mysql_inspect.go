package database

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// explain returns the columns, for which the server runs nothing: it stops at LIMIT 0 before.
func (d mysqlDialect) explain(ctx context.Context, s *session) (Explanation, error) {
	var text string
	err := s.query(ctx, s.statement, "EXPLAIN FORMAT=JSON ", "", func(rows *sql.Rows) error {
		for rows.Next() {
			if err := rows.Scan(&text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !isViewUnexplained(err) {
		return Explanation{}, err
	}
	explanation := mysqlCost(text)
	sent, names := d.render(s.statement)
	err = s.send(ctx, comment(s.KPIs)+withoutRows(sent), names, func(rows *sql.Rows) error {
		types, err := rows.ColumnTypes()
		explanation.Columns = columnsOf(types)
		return err
	})
	return explanation, err
}

// isViewUnexplained reports whether an account that may read a view may not see how it is read: that takes the right SHOW VIEW.
func isViewUnexplained(err error) bool {
	said, ok := errors.AsType[*mysqlError](err)
	return ok && said.err.Number == 1345
}

// withoutRows returns a query with the columns of another one, for which little or nothing is run. MariaDB takes no WITH in
// brackets: they go around the main query.
func withoutRows(query string) string {
	at := 0
	if token, _ := sqltext.NextMySQLToken(query, 0); strings.EqualFold(query[token.Start:token.End], "with") {
		at = sqltext.MySQLMain(query)
	}
	if at < 0 { // It is in brackets already.
		return "SELECT * FROM (" + query + "\n) AS kpi LIMIT 0"
	}
	return query[:at] + "(" + query[at:] + "\n) LIMIT 0"
}

// mysqlCost returns the cost, which MySQL and MariaDB 11 report.
func mysqlCost(text string) Explanation {
	var plan struct {
		Query struct {
			Cost float64 `json:"cost"`
			Info struct {
				Cost json.Number `json:"query_cost"`
			} `json:"cost_info"`
		} `json:"query_block"`
	}
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		return Explanation{}
	}
	cost := plan.Query.Cost
	if n, err := plan.Query.Info.Cost.Float64(); err == nil {
		cost = n
	}
	return Explanation{Cost: cost, HasCost: cost > 0}
}

// inspectQuery finds out which days are those of UTC, which time zones the server does not know by name, whether all columns are grouped,
// and what is computed with dates and times.
func (d mysqlDialect) inspectQuery(ctx context.Context, s *session) (QueryAdvice, error) {
	zones, err := d.unknownZones(ctx, s)
	if err != nil {
		return QueryAdvice{}, err
	}
	notGrouped, err := d.notGrouped(ctx, s)
	if err != nil {
		return QueryAdvice{}, err
	}
	return QueryAdvice{UnknownZones: zones, NotGrouped: notGrouped, Days: d.days(ctx, s), Digits: d.digits(ctx, s)}, nil
}

// unknownZones returns the time zones of a query that the server does not know, each once, where they first stand.
func (d mysqlDialect) unknownZones(ctx context.Context, s *session) (unknown []sqltext.Parameter, err error) {
	asked := map[string]bool{}
	for _, zone := range s.statement.MySQLZones() {
		name, literal, parameters := strings.Trim(zone.Text, `'"`), zone.Text, []string(nil)
		if zone.Text == ":timezone" {
			name, literal, parameters = s.Parameters.Timezone, d.placeholder(1, "timezone"), []string{"timezone"}
		}
		if asked[name] {
			continue
		}
		asked[name] = true
		isUnknown := false
		err := s.send(ctx, comment(s.KPIs)+"SELECT CONVERT_TZ('2026-01-01 00:00:00', '+00:00', "+literal+") IS NULL", parameters, func(rows *sql.Rows) error {
			if !rows.Next() {
				return rows.Err()
			}
			return rows.Scan(&isUnknown)
		})
		if err != nil {
			return unknown, err
		}
		if isUnknown {
			unknown = append(unknown, sqltext.Parameter{Name: name, Line: zone.Line, Column: zone.Column})
		}
	}
	return unknown, nil
}

// inspect finds out what the account may do beyond reading.
func (mysqlDialect) inspect(ctx context.Context, s *session) (advice Advice, err error) {
	if err := s.conn.QueryRowxContext(ctx, "SELECT CURRENT_USER()").Scan(&advice.Role); err != nil {
		return Advice{}, err
	}
	var grants []string
	for _, show := range s.showGrants(ctx) {
		lines, err := s.lines(ctx, show)
		if err != nil && grants == nil {
			return advice, err
		}
		grants = append(grants, lines...) // Older servers have no PUBLIC.
	}
	advice.Rights = mysqlRights(grants)
	return advice, nil
}

// showGrants returns what lists the rights of the account, of the roles that are active, and of everybody.
func (s *session) showGrants(ctx context.Context) []string {
	isMariaDB := false
	_ = s.conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*mysqlConn)
		isMariaDB = ok && c.isMariaDB()
		return nil
	})
	if isMariaDB {
		return []string{"SHOW GRANTS", "SHOW GRANTS FOR PUBLIC"}
	}
	role := ""
	if err := s.conn.QueryRowxContext(ctx, "SELECT CURRENT_ROLE()").Scan(&role); err != nil || role == "NONE" {
		return []string{"SHOW GRANTS"}
	}
	return []string{"SHOW GRANTS FOR CURRENT_USER() USING " + role}
}

// lines returns the first column of all rows.
func (s *session) lines(ctx context.Context, text string) (list []string, err error) {
	rows, err := s.conn.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		line := ""
		if err := rows.Scan(&line); err != nil {
			return list, err
		}
		list = append(list, line)
	}
	return list, rows.Err()
}

var (
	// grantOn matches a line of SHOW GRANTS. What follows TO may hold the hash of a password.
	grantOn = regexp.MustCompile("^GRANT (.+?) ON (.+?) TO ")
	// oneRight matches a right, with the columns that it is for.
	oneRight = regexp.MustCompile(`([A-Z_]+(?: [A-Z_]+)*)(?: ?\([^)]*\))?`)
)

// mysqlReading are the rights that change nothing.
const mysqlReading = "|USAGE|SELECT|SHOW VIEW|SHOW DATABASES|EXECUTE|PROCESS|REPLICATION CLIENT|BINLOG MONITOR|SLAVE MONITOR|REPLICA MONITOR|SHOW_ROUTINE|"

// mysqlRights returns what an account may do beyond reading, as sentences go on after its name: at most four.
func mysqlRights(grants []string) []string {
	var list []string
	for _, line := range grants {
		match := grantOn.FindStringSubmatch(line)
		if match == nil { // A role, whose own rights are among the lines.
			continue
		}
		var rights []string
		for _, right := range oneRight.FindAllStringSubmatch(match[1], -1) {
			if !strings.Contains(mysqlReading, "|"+right[1]+"|") {
				rights = append(rights, right[1])
			}
		}
		if has := "has " + strings.Join(rights, ", ") + " on " + match[2]; len(rights) > 0 && !slices.Contains(list, has) {
			list = append(list, has)
		}
	}
	const most = 4
	if len(list) > most {
		list = append(list[:most-1], "has more on "+format.Count(len(list)-most+1, "other object"))
	}
	return list
}
