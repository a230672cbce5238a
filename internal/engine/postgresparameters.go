package engine

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// obeyed are the parameters of a URL that say how to connect. Any other name is a setting of the session, such as search_path: the server
// refuses one that it does not know.
const obeyed = " host hostaddr port dbname user password passfile connect_timeout options application_name sslmode sslnegotiation sslcert sslkey" +
	" sslrootcert sslsni ssl_min_protocol_version ssl_max_protocol_version target_session_attrs load_balance_hosts "

func isObeyed(parameter string) bool { return strings.Contains(obeyed, " "+parameter+" ") }

// settings are those that people put into URLs.
const settings = " search_path timezone statement_timeout lock_timeout idle_in_transaction_session_timeout work_mem default_transaction_isolation" +
	" default_transaction_read_only enable_seqscan max_parallel_workers_per_gather jit extra_float_digits datestyle intervalstyle row_security role "

// PostgresParameters returns the names that a URL may have, with spaces between them, for the nearest to a wrong one.
func PostgresParameters() string { return obeyed + settings }

// ignored are the parameters of libpq without which a connection is as good: the exporter has time limits of its own, and speaks
// neither GSSAPI nor compression.
const ignored = " fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout sslcompression" +
	" krbsrvname gsslib gssdelegation min_protocol_version max_protocol_version "

// mixed are the settings of PostgreSQL with capitals in their names, as its documentation writes them.
const mixed = " DateStyle IntervalStyle TimeZone "

// harmless returns the values with which a parameter of libpq requires nothing, or what is done anyway; with others it is refused.
func harmless(key string) string {
	return map[string]string{
		"channel_binding": " disable prefer ", "gssencmode": " disable prefer ", "sslcertmode": " disable allow ",
		"client_encoding": " utf8 utf-8 unicode auto ", "replication": " false off no 0 ",
	}[key]
}

// refused says what to write in place of parameters that cannot be obeyed: of libpq, and of the drivers, ORMs and poolers whose URLs
// people have at hand.
func refused() map[string]string {
	const (
		session     = "leave it out; without it, queries work behind every pooler in transaction or session mode"
		connections = "set max_connections of the database instead"
		schema      = "write search_path instead"
		timeout     = "set timeout of the KPIs instead"
		ssl         = "write sslmode=require or sslmode=verify-full"
		oauth       = "use a password or a certificate"
		framework   = "leave it out; it is a setting of a framework"
	)
	return map[string]string{ //nolint:gosec // They are names of parameters.
		"channel_binding": "write sslmode=verify-full instead, which prevents the same attack", "gssencmode": "leave it out; connections are encrypted with TLS, see sslmode",
		"sslcertmode": "leave it out; the certificate of sslcert is sent when the server asks for it", "client_encoding": "leave it out; it is always UTF-8",
		"replication": "leave it out; the exporter only runs queries", "requiressl": ssl, "require_auth": "write sslmode=verify-full instead",
		"requirepeer": "leave it out", "session_authorization": "write that user before the @", "stringtype": "leave it out; the parameters of a query have types",
		"sslpassword": "use a key without a passphrase", "sslcrl": "leave it out; no revocation list is read",
		"sslcrldir": "leave it out; no revocation list is read", "sslkeylogfile": "leave it out", "service": "write the host, port and user of the service into the url; no service file is read", "servicefile": "write the host, port and user of the service into the url; no service file is read",
		"scram_client_key": "use a password", "scram_server_key": "use a password", "authtype": "leave it out", "tty": "leave it out",
		"oauth_issuer": oauth, "oauth_client_id": oauth, "oauth_client_secret": oauth, "oauth_scope": oauth,

		"pgbouncer": session, "statement_cache_size": session, "prepared_statement_cache_size": session, "statement_cache_capacity": session, "statement_cache_mode": session,
		"default_query_exec_mode": session, "prepareThreshold": session, "prepared_statements": session, "pool_mode": session, "binary_parameters": session,
		"supa": "leave it out", "workaround": "leave it out", "uselibpqcompat": "leave it out; sslmode means what it does in libpq",
		"connection_limit": connections, "pool": connections, "pool_size": connections, "max_pool_size": connections, "pool_max_conns": connections, "pool_min_conns": connections,
		"pool_min_idle_conns": connections, "pool_health_check_period": connections, "max_overflow": connections, "pool_recycle": connections,
		"pool_max_conn_lifetime": connections, "pool_max_conn_idle_time": connections, "maxPoolSize": connections, "max_connections": connections,
		"schema": schema, "currentSchema": schema, "schema_search_path": schema, "command_timeout": timeout, "query_timeout": timeout,
		"prefer_simple_protocol": session, "preferQueryMode": session, "server_settings": "write each setting as a parameter of its own",
		"pool_pre_ping": framework, "conn_max_age": framework, "conn_health_checks": framework, "reWriteBatchedInserts": framework,
		"pool_timeout": timeout, "socket_timeout": timeout, "socketTimeout": timeout, "connectTimeout": "write connect_timeout instead", "loginTimeout": "write connect_timeout instead",
		"ssl": ssl, "sslaccept": ssl, "useSSL": ssl, "ssl_require": ssl, "trustServerCertificate": ssl, "sslfactory": ssl, "sslMode": ssl, "ssl_mode": ssl, "tls": ssl, "sslidentity": "write sslcert and sslkey instead",
		"ssl_ca": "write sslrootcert instead", "ssl_cert": "write sslcert instead", "ssl_key": "write sslkey instead",
		"ApplicationName": "write application_name instead", "applicationName": "write application_name instead", "targetServerType": "write target_session_attrs instead", "loadBalanceHosts": "write load_balance_hosts instead",
		"encoding": "leave it out; it is always UTF-8", "adapter": "leave it out", "async_fallback": "leave it out", "tcpKeepAlive": "leave it out",
	}
}

// checkParameter says what is wrong with a parameter. The error holds a name only if it is known here: what else stands there may be
// part of a password.
func checkParameter(key, value string) error {
	instead := refused()[key]
	isVariable := harmless(key) != "" && strings.Contains(value, "${") // Not yet replaced.
	switch {
	case key == "":
		return errNoName
	case instead != "" && isOff(key, value):
		return unsupported(key, "write sslmode=disable")
	case instead != "" && !isHarmless(key, value) && !isVariable:
		return unsupported(key, instead)
	case instead == "" && !slices.Contains(strings.Fields(obeyed+ignored), key):
		if right := strings.ToLower(strings.ReplaceAll(key, "-", "_")); right != key && strings.Contains(obeyed, " "+right+" ") {
			return misspelt(right)
		}
		if strings.ToLower(key) != key && !strings.Contains(mixed, " "+key+" ") && !strings.ContainsAny(key, ".${") {
			return &PartError{"a parameter of the url is not one of PostgreSQL, whose names are in small letters", "leave it out"}
		}
	}
	if value == "" || strings.Contains(value, "${") {
		return nil
	}
	return checkPostgresValue(key, value)
}

// switches are parameters of other programs that turn TLS on and off.
const switches = " ssl useSSL ssl_require requiressl requireSSL tls sslMode ssl_mode sslmode "

// isOff reports whether a parameter of another program turns TLS off.
func isOff(key, value string) bool {
	return strings.Contains(switches, " "+key+" ") && slices.Contains([]string{"false", "0", "off", "no", "disable", "disabled"}, strings.ToLower(value))
}

func isHarmless(key, value string) bool {
	return strings.Contains(harmless(key), " "+strings.ToLower(value)+" ")
}

// checkParameters checks the parameters of a URL, and removes those that have no effect.
func checkParameters(parameters url.Values) error {
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		value := parameters.Get(key)
		if err := checkParameter(key, value); err != nil {
			return err
		}
		if strings.Contains(ignored, " "+key+" ") || isHarmless(key, value) {
			parameters.Del(key)
		}
	}
	return nil
}

// checkNames checks the names of the parameters of a URL in which ${NAME} is not yet replaced.
func checkNames(query string) error {
	parameters, err := splitParameters(query)
	if err != nil {
		return err
	}
	return checkParameters(parameters)
}
