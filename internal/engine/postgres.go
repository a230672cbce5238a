package engine

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// Postgres is PostgreSQL, and what speaks its protocol.
type Postgres struct{}

// Name returns postgres.
func (Postgres) Name() string { return "postgres" }

// Title returns PostgreSQL.
func (Postgres) Title() string { return "PostgreSQL" }

// Schemes returns postgres and postgresql.
func (Postgres) Schemes() []string { return []string{"postgres", "postgresql"} }

// Example returns postgres://user@host:5432/name.
func (Postgres) Example() string { return "postgres://user@host:5432/name" }

// Embedded returns false.
func (Postgres) Embedded() bool { return false }

// Spare returns 0.
func (Postgres) Spare() int { return 0 }

// Zone returns "": the session has that of the KPI unless the file says another.
func (Postgres) Zone() (zone, instead string) { return "", "" }

// Parse reads SQL; see sqltext.ParsePostgres.
func (Postgres) Parse(query string) (Statement, error) { return parseSQL(sqltext.ParsePostgres(query)) }

// LineComment returns what begins a comment that ends with its line.
func (Postgres) LineComment(query string) string { return sqltext.LineComment(query) }

// Check reads a URL that has no variables.
func (p Postgres) Check(rest string) error {
	if strings.Contains(rest, "${") {
		_, query, _ := strings.Cut(rest, "?")
		if err := checkNames(query); err != nil {
			return malformed(p, err)
		}
		return nil
	}
	if _, err := parsePostgresURL(rest); err != nil {
		return malformed(p, err)
	}
	return nil
}

// Warning says what the sslmode leaves open.
func (Postgres) Warning(_, rest string) string {
	u, err := parsePostgresURL(rest)
	if err != nil {
		return "" // Resolve tells of it.
	}
	switch mode := u.Query().Get("sslmode"); {
	case mode == "require" && !strings.Contains(rest, "sslmode="):
		return "the url has no sslmode, so require is used, which encrypts but does not verify the server: " +
			"set sslmode=verify-full, or sslmode=require"
	case (mode == "disable" || mode == "allow" || mode == "prefer") && !isLoopback(u):
		return "with sslmode=" + mode + " the password and the data may cross the network unencrypted: " +
			"set sslmode=verify-full, or sslmode=require"
	}
	return ""
}

// Resolve returns the URL so that net/url parses it: the password in it, and always the scheme postgres and an sslmode.
// Several hosts become the parameters host and port, each a list with commas.
func (p Postgres) Resolve(_, rest string, options Options) (Address, error) {
	u, err := parsePostgresURL(rest)
	if err != nil {
		return nil, malformed(p, err)
	}
	if err := options.setPassword(u); err != nil {
		return nil, err
	}
	return newPostgresURL(u), nil
}

// PostgresURL is the URL of a database of PostgreSQL.
type PostgresURL struct {
	Secret
	u *url.URL // Never changed.
}

func newPostgresURL(u *url.URL) PostgresURL { return PostgresURL{NewSecret(u.String()), u} }

// PostgresHost is one of the servers that are tried.
type PostgresHost struct {
	Name string // Also the folder of a socket.
	Port string // 5432 if the URL has none.
}

// Engine returns Postgres.
func (PostgresURL) Engine() Engine { return Postgres{} }

// Hosts returns the servers, at least one, in the order in which they are tried.
func (p PostgresURL) Hosts() []PostgresHost {
	names, ports := hostsOf(p.u), []string{p.u.Port()}
	if list := p.u.Query().Get("port"); list != "" {
		ports = strings.Split(list, ",")
	}
	hosts := make([]PostgresHost, len(names))
	for i, name := range names {
		port := ports[min(i, len(ports)-1)]
		if port == "" {
			port = "5432"
		}
		hosts[i] = PostgresHost{name, port}
	}
	return hosts
}

// User returns the name of the role.
func (p PostgresURL) User() string { return p.u.User.Username() }

// Password returns the password, "" if there is none.
func (p PostgresURL) Password() string {
	password, _ := p.u.User.Password()
	return password
}

// Database returns the name of the database; "" means that of the role.
func (p PostgresURL) Database() string { return strings.TrimPrefix(p.u.Path, "/") }

// Parameters returns what is after the ?, including an sslmode, but not the hosts and ports, nor empty ones, which mean the default. A
// setting of the session may be empty.
func (p PostgresURL) Parameters() map[string]string {
	parameters := map[string]string{}
	for key, values := range p.u.Query() {
		if key != "host" && key != "port" && (values[0] != "" || !isObeyed(key)) {
			parameters[key] = values[0]
		}
	}
	return parameters
}

// Settings returns the names of the parameters that are settings of the session, in order.
func (p PostgresURL) Settings() []string {
	var names []string
	for _, key := range slices.Sorted(maps.Keys(p.Parameters())) {
		if !isObeyed(key) {
			names = append(names, key)
		}
	}
	return names
}

// With returns the URL with a parameter of another value.
func (p PostgresURL) With(parameter, value string) PostgresURL {
	changed := *p.u
	parameters := changed.Query()
	parameters.Set(parameter, value)
	changed.RawQuery = encode(parameters)
	return newPostgresURL(&changed)
}

// In returns the URL of another database on the same servers.
func (p PostgresURL) In(database string) PostgresURL {
	changed := *p.u
	changed.Path, changed.RawPath = "/"+database, ""
	return newPostgresURL(&changed)
}

// Secrets returns the URL and the password.
func (p PostgresURL) Secrets() []string {
	return append(secret.Login(p.u.User.Username(), p.Password()), p.Reveal())
}

// SecretFiles returns those of passfile and sslkey.
func (p PostgresURL) SecretFiles() map[string]string { return secretFiles(p.Parameters()) }

// Files returns those of passfile, which is not read beside a password, and of certificates unless nothing is encrypted.
func (p PostgresURL) Files() []File {
	parameters := p.Parameters()
	var files []File
	add := func(parameter string, access accessRule) {
		if path := parameters[parameter]; path != "" {
			files = append(files, File{parameter, path, access})
		}
	}
	if p.Password() == "" {
		add("passfile", ownerOnly)
	}
	if parameters["sslmode"] == "disable" {
		return files
	}
	if parameters["sslrootcert"] != "system" {
		add("sslrootcert", anyAccess)
	}
	add("sslcert", anyAccess)
	add("sslkey", ownerOrGroupOfRoot)
	return files
}

// encode returns parameters so that a + stands for itself, as in the URL of a file.
func encode(parameters url.Values) string { return strings.ReplaceAll(parameters.Encode(), "+", "%20") }

// Identity returns the hosts, the database, the role, and the settings of the session.
func (p PostgresURL) Identity() string {
	parts := []string{p.Database(), p.User()}
	for _, h := range p.Hosts() {
		parts = append(parts, h.Name, h.Port)
	}
	parameters := p.Parameters()
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		if key == "hostaddr" || key == "options" || !isObeyed(key) {
			parts = append(parts, key, parameters[key])
		}
	}
	return strings.Join(parts, "\x00")
}
