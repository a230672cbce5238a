package engine

import (
	"net/url"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// MySQL is MySQL, MariaDB, and what speaks their protocol.
type MySQL struct{}

// Name returns mysql.
func (MySQL) Name() string { return "mysql" }

// Title returns MySQL.
func (MySQL) Title() string { return "MySQL" }

// Schemes returns mysql and mariadb, which mean the same: the server says which of the two it is.
func (MySQL) Schemes() []string { return []string{"mysql", "mariadb"} }

// Example returns mysql://user@host:3306/name.
func (MySQL) Example() string { return "mysql://user@host:3306/name" }

// Embedded returns false.
func (MySQL) Embedded() bool { return false }

// Spare returns 1: a connection cannot cancel its own query.
func (MySQL) Spare() int { return 1 }

// Zone returns UTC: parameters are instants of UTC without a time zone, which the server compares in the session's.
func (MySQL) Zone() (zone, instead string) {
	return "UTC", "leave it out, and convert in the query: CONVERT_TZ(created_at, 'UTC', :timezone)"
}

// Parse reads SQL as MySQL and MariaDB do.
func (MySQL) Parse(query string) (Statement, error) { return parseSQL(sqltext.ParseMySQL(query)) }

// LineComment returns what begins a comment that ends with its line.
func (MySQL) LineComment(query string) string { return sqltext.MySQLLineComment(query) }

// Check reads a URL that has no variables.
func (m MySQL) Check(rest string) error {
	var err error
	if strings.Contains(rest, "${") {
		_, query, _ := strings.Cut(rest, "?")
		err = checkMySQLNames(query)
	} else {
		_, err = parseMySQLURL(rest)
	}
	if err != nil {
		return malformed(m, err)
	}
	return nil
}

// Warning says what the ssl-mode leaves open.
func (MySQL) Warning(_, rest string) string {
	u, err := parseMySQLURL(rest)
	if err != nil {
		return "" // Resolve tells of it.
	}
	switch mode := u.Query().Get("ssl-mode"); {
	case mode == "REQUIRED" && !strings.Contains(rest, "ssl-mode="):
		return "the url has no ssl-mode, so REQUIRED is used, which encrypts but does not verify the server: " +
			"set ssl-mode=VERIFY_IDENTITY, or ssl-mode=REQUIRED"
	case (mode == "DISABLED" || mode == "PREFERRED") && u.Query().Get("socket") == "" && !isLoopback(u):
		return "with ssl-mode=" + mode + " the password and the data may cross the network unencrypted: " +
			"set ssl-mode=VERIFY_IDENTITY, or ssl-mode=REQUIRED"
	}
	return ""
}

// Resolve returns the URL so that net/url parses it: the password in it, and always the scheme mysql and an ssl-mode.
func (m MySQL) Resolve(_, rest string, options Options) (Address, error) {
	u, err := parseMySQLURL(rest)
	if err != nil {
		return nil, malformed(m, err)
	}
	if err := options.setPassword(u); err != nil {
		return nil, err
	}
	return newMySQLURL(u), nil
}

// MySQLURL is the URL of a database of MySQL or MariaDB.
type MySQLURL struct {
	Secret
	u *url.URL // Never changed.
}

func newMySQLURL(u *url.URL) MySQLURL { return MySQLURL{NewSecret(u.String()), u} }

// Engine returns MySQL.
func (MySQLURL) Engine() Engine { return MySQL{} }

// Host returns the name of the server, "" with a socket.
func (m MySQLURL) Host() string {
	if m.Parameter("socket") != "" {
		return ""
	}
	return m.u.Hostname()
}

// Port returns the port, 3306 if the URL has none.
func (m MySQLURL) Port() string {
	if port := m.u.Port(); port != "" {
		return port
	}
	return "3306"
}

// User returns the name of the account.
func (m MySQLURL) User() string { return m.u.User.Username() }

// Password returns the password, "" if there is none.
func (m MySQLURL) Password() string {
	password, _ := m.u.User.Password()
	return password
}

// Database returns the name of the database; "" means none.
func (m MySQLURL) Database() string { return strings.TrimPrefix(m.u.Path, "/") }

// Parameter returns a parameter of those in mysqlParameters, "" if the URL does not have it. There is always an ssl-mode.
func (m MySQLURL) Parameter(name string) string { return m.u.Query().Get(name) }

// In returns the URL of another database on the same server.
func (m MySQLURL) In(database string) MySQLURL {
	changed := *m.u
	changed.Path, changed.RawPath = "/"+database, ""
	return newMySQLURL(&changed)
}

// Identity returns the server, the database and the account.
func (m MySQLURL) Identity() string {
	return strings.Join([]string{m.Database(), m.User(), m.Parameter("socket"), m.Host(), m.Port()}, "\x00")
}

// SecretFiles returns that of ssl-key.
func (m MySQLURL) SecretFiles() map[string]string {
	return secretFiles(map[string]string{"ssl-key": m.Parameter("ssl-key")})
}

// Files returns those of certificates, unless nothing is encrypted.
func (m MySQLURL) Files() []File {
	var files []File
	for _, parameter := range []string{"ssl-ca", "ssl-cert", "ssl-key"} {
		if path := m.Parameter(parameter); path != "" && m.Parameter("ssl-mode") != "DISABLED" {
			files = append(files, File{Name: parameter, Path: path})
		}
	}
	return files
}

// Secrets returns the URL and the password.
func (m MySQLURL) Secrets() []string {
	return append(secret.Login(m.u.User.Username(), m.Password()), m.Reveal())
}
