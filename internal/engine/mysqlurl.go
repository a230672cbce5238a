package engine

import (
	"errors"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// mysqlParameters are the parameters of a URL, named as MySQL's own tools name them.
const mysqlParameters = " socket ssl-mode ssl-ca ssl-cert ssl-key connect-timeout "

// mysqlModes are the values of ssl-mode.
func mysqlModes() []string {
	return []string{"DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"}
}

// mysqlRefused says what to write in place of parameters that cannot be obeyed: of the drivers, ORMs and hosting services whose
// URLs people have at hand.
func mysqlRefused() map[string]string {
	const (
		utc         = "leave it out; the session's time zone is always UTC"
		utf8        = "leave it out; it is always UTF-8"
		tls         = "write ssl-mode=REQUIRED or ssl-mode=VERIFY_IDENTITY"
		connections = "set max_connections of the database instead"
		timeout     = "set timeout of the KPIs instead"
		prepared    = "leave it out; queries are sent with their parameters in one message"
		login       = "write it before the @"
		session     = "leave it out; the exporter sets what its sessions need"
		plugin      = "leave it out; the server chooses how to authenticate"
	)
	return map[string]string{ //nolint:gosec // They are names of parameters.
		"loc": utc, "time_zone": utc, "timezone": utc, "serverTimezone": utc, "connectionTimeZone": utc, "forceConnectionTimeZoneToSession": utc, "useLegacyDatetimeCode": utc,
		"charset": utf8, "collation": utf8, "encoding": utf8, "useUnicode": utf8, "characterEncoding": utf8, "connectionCollation": utf8,
		"tls": tls, "ssl": tls, "useSSL": tls, "sslMode": tls, "requireSSL": tls, "verifyServerCertificate": tls, "sslaccept": tls, "sslmode": tls, "allowFallbackToPlaintext": tls,
		"sslca": "write ssl-ca instead", "sslcert": "write ssl-cert instead", "sslkey": "write ssl-key instead", "sslrootcert": "write ssl-ca instead", "sslidentity": "write ssl-cert and ssl-key instead",
		"sslpassword": "use a key without a passphrase", "ssl-crl": "leave it out; no revocation list is read", "tls-version": "leave it out; TLS 1.2 and later are used",
		"connection_limit": connections, "connectionLimit": connections, "pool": connections, "pool_size": connections, "maxPoolSize": connections, "max_connections": connections, "pool_recycle": connections, "max_overflow": connections, "minPoolSize": connections,
		"pool_pre_ping": "leave it out; a dead connection is always replaced",
		"timeout":       "write connect-timeout instead", "connectTimeout": "write connect-timeout instead",
		"readTimeout": timeout, "writeTimeout": timeout, "read_timeout": timeout, "write_timeout": timeout, "socketTimeout": timeout, "socket_timeout": timeout, "pool_timeout": timeout,
		"interpolateParams": prepared, "prepare": prepared, "useServerPrepStmts": prepared, "cachePrepStmts": prepared, "prepStmtCacheSize": prepared, "prepStmtCacheSqlLimit": prepared,
		"statement_cache_size": prepared, "rewriteBatchedStatements": prepared,
		"user": login, "username": login, "password": login, "pwd": login, "passwd": login, "uid": login, "host": "write it after the @", "port": "write it after the host, as in db.example.com:3306", "dbname": "write it after the host and a /", "database": "write it after the host and a /",
		"unix_socket": "write socket instead", "unixSocket": "write socket instead", "localSocket": "write socket instead", "protocol": "leave it out; the parameter socket is enough",
		"multiStatements": "leave it out; a query is one statement", "multipleStatements": "leave it out; a query is one statement", "allowMultiQueries": "leave it out; a query is one statement",
		"sql_mode": session, "sessionVariables": session, "init_command": session, "autocommit": session, "transaction_isolation": session, "tx_isolation": session, "max_execution_time": timeout,
		"parseTime": "leave it out; times are always read", "dateStrings": "leave it out; times are always read", "zeroDateTimeBehavior": "leave it out; a zero date is an error that names it",
		"allowPublicKeyRetrieval": plugin, "get-server-public-key": plugin, "serverPubKey": plugin, "allowNativePasswords": plugin, "allowOldPasswords": plugin, "auth-method": plugin, "authPlugin": plugin,
		"allowCleartextPasswords": "leave it out; passwords are not sent in clear text", "allowAllFiles": "leave it out; no file is sent to the server", "local_infile": "leave it out; no file is sent to the server",
		"compress": "leave it out; results are not compressed", "autoReconnect": "leave it out; a dead connection is always replaced", "reconnect": "leave it out; a dead connection is always replaced",
		"checkConnLiveness": "leave it out; a dead connection is always replaced", "read_default_file": "write the host and user into the url; no option file is read", "adapter": "leave it out",
		"clientFoundRows": "leave it out; queries only read", "rejectReadOnly": "leave it out; queries only read", "maxAllowedPacket": "leave it out", "columnsWithAlias": "leave it out", "connectionAttributes": "leave it out",
	}
}

// checkMySQLName says what is wrong with the name of a parameter. The error holds it only if it is known here: what else stands
// there may be part of a password.
func checkMySQLName(key, value string) error {
	if key == "" {
		return errNoName
	}
	if strings.Contains(mysqlParameters, " "+key+" ") {
		return nil
	}
	if right := strings.ToLower(strings.ReplaceAll(key, "_", "-")); strings.Contains(mysqlParameters, " "+right+" ") {
		return misspelt(right)
	}
	if instead := mysqlRefused()[key]; instead != "" {
		if isOff(key, value) {
			instead = "write ssl-mode=DISABLED"
		}
		return unsupported(key, instead)
	}
	what := "a parameter of the url is not known"
	if document.IsOneOf(key, obeyed+ignored+settings) || refused()[key] != "" {
		what = "the parameter " + key + " of the url is not one of MySQL"
	}
	return &PartError{what, "use only " + strings.Join(strings.Fields(mysqlParameters), ", ")}
}

// checkMySQLNames checks the names of the parameters of a URL in which ${NAME} is not yet replaced.
func checkMySQLNames(query string) error {
	parameters, err := splitParameters(query)
	if err != nil {
		return err
	}
	return checkMySQLParameters(parameters)
}

func checkMySQLParameters(parameters url.Values) error {
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		if err := checkMySQLName(key, parameters.Get(key)); err != nil {
			return err
		}
	}
	return nil
}

// parseMySQLURL reads what follows mysql://, as forgiving as parsePostgresURL. Its errors hold no part of the URL.
func parseMySQLURL(rest string) (*url.URL, error) {
	if strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, errors.New("there is a space or a control character in it")
	}
	rest, query, _ := strings.Cut(rest, "?")
	parameters, err := splitParameters(query)
	if err != nil {
		return nil, err
	}
	if err := checkMySQLParameters(parameters); err != nil {
		return nil, err
	}
	authority, path, _ := strings.Cut(rest, "/")
	login, host, ok := cutLogin(authority)
	if !ok && strings.Contains(path, "@") { // A password with a / in it would become the name of a database.
		return nil, errNoUser
	}
	u := &url.URL{Scheme: "mysql"}
	if u.User, err = parseUser(login, url.Values{}); err != nil {
		return nil, err
	}
	if u.Host, err = parseMySQLHost(host, parameters.Get("socket")); err != nil {
		return nil, err
	}
	name, err := url.PathUnescape(path)
	switch {
	case err != nil:
		return nil, errors.New("a % in the database's name is not followed by two hexadecimal digits")
	case strings.Contains(path, "/"):
		return nil, errors.New("the path of a socket is a parameter: write mysql://user@/name?socket=/run/mysqld/mysqld.sock")
	}
	u.Path = "/" + name
	if err := setMySQLMode(parameters); err != nil {
		return nil, err
	}
	if seconds := parameters.Get("connect-timeout"); seconds != "" {
		if n, err := strconv.ParseUint(seconds, 10, 16); err != nil || n == 0 {
			return nil, &PartError{"the parameter connect-timeout of the url is not a whole number of seconds", "write connect-timeout=10"}
		}
	}
	u.RawQuery = encode(parameters)
	return u, nil
}

// parseMySQLHost returns the one host, with its port if it has one; a socket has none.
func parseMySQLHost(text, socket string) (string, error) {
	const path = "write mysql://user@/name?socket=/run/mysqld/mysqld.sock"
	switch {
	case socket != "" && !strings.HasPrefix(socket, "/"):
		return "", errors.New("its socket is not the path of a socket: " + path)
	case socket != "" && text != "" && text != "localhost":
		return "", errors.New("it names a host and a socket: leave one of them out")
	case socket != "":
		return "", nil
	case text == "":
		return "", errNoHost
	case namesSocket(text):
		return "", errors.New("the path of a socket is a parameter: " + path)
	case strings.Contains(text, ","):
		return "", errors.New("it names several hosts: write one of them")
	}
	name, port, err := parseHost(text)
	switch {
	case errors.Is(err, errBrackets):
		return "", errors.New("an IPv6 address goes in square brackets, followed by a colon and the port: write [::1]:3306")
	case errors.Is(err, errOnePort):
		return "", errors.New("a host has one port: write host:3306, and an IPv6 address in square brackets, [::1]:3306")
	case err != nil:
		return "", err
	}
	return strings.TrimSuffix(net.JoinHostPort(name, port), ":"), nil
}

// setMySQLMode completes the ssl-mode.
func setMySQLMode(parameters url.Values) error {
	mode := strings.ToUpper(strings.ReplaceAll(parameters.Get("ssl-mode"), "-", "_"))
	verifies := strings.HasPrefix(mode, "VERIFY_")
	switch {
	case mode == "" && parameters.Get("socket") != "":
		mode = "DISABLED"
	case mode == "" && parameters.Get("ssl-ca") != "":
		mode = "VERIFY_IDENTITY"
	case mode == "":
		mode = "REQUIRED"
	case !slices.Contains(mysqlModes(), mode):
		return mysqlModeError(parameters.Get("ssl-mode"))
	case !verifies && parameters.Get("ssl-ca") != "":
		return &PartError{"with ssl-ca the server is always verified, and the ssl-mode of the url is another one", "write ssl-mode=VERIFY_IDENTITY, or leave ssl-mode out"}
	}
	if (parameters.Get("ssl-cert") == "") != (parameters.Get("ssl-key") == "") {
		return &PartError{"ssl-cert and ssl-key of the url go together, and one of them is not there", "write both, or leave both out"}
	}
	parameters.Set("ssl-mode", mode)
	return nil
}

// mysqlModeError says what to write in place of an ssl-mode that there is not.
func mysqlModeError(mode string) error {
	modes := strings.Join(mysqlModes(), " ")
	near := document.Nearest(strings.ReplaceAll(mode, "-", "_"), modes)
	switch strings.ToLower(mode) {
	case "true", "require", "no-verify", "skip-verify":
		near = "write ssl-mode=REQUIRED"
	case "false", "off", "disable":
		near = "write ssl-mode=DISABLED"
	case "verify-full", "verify_full":
		near = "write ssl-mode=VERIFY_IDENTITY"
	case "prefer":
		near = "write ssl-mode=PREFERRED"
	}
	if near == "" {
		near = "write ssl-mode=VERIFY_IDENTITY, or another of them"
	}
	return &PartError{"the parameter ssl-mode of the url is not one of " + strings.ReplaceAll(modes, " ", ", "), near}
}
