package engine

import "fmt"

// MySQL is an engine that is known by its name only: a file that names it gets an error that says so.
type MySQL struct{}

// Name returns mysql.
func (MySQL) Name() string { return "mysql" }

// Title returns MySQL.
func (MySQL) Title() string { return "MySQL" }

// Schemes returns mysql.
func (MySQL) Schemes() []string { return []string{"mysql"} }

// Example returns mysql://user@host:3306/name.
func (MySQL) Example() string { return "mysql://user@host:3306/name" }

// Embedded returns false.
func (MySQL) Embedded() bool { return false }

// Parse reads SQL.
func (MySQL) Parse(query string) (Statement, error) { return parseSQL(query) }

// Check refuses every URL.
func (MySQL) Check(string) error {
	return fmt.Errorf("mysql is not supported yet: use %s", Schemes())
}

// Warning has nothing to say.
func (MySQL) Warning(string) string { return "" }

// Resolve refuses every URL.
func (m MySQL) Resolve(rest string, _ Options) (Address, error) { return nil, m.Check(rest) }
