package engine

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestResolve(t *testing.T) {
	t.Setenv("APP_URL", "postgres://kpi:p%40ss@db.example:5433/app?sslmode=verify-full")
	t.Setenv("APP_PASSWORD", "p@ss")
	t.Setenv("EMPTY", "")
	t.Setenv("HARD", "%41/?&#@: +=$ é[")
	t.Setenv("NUMBER", "5433")
	t.Setenv("SOCKET", "/run/postgresql")
	t.Setenv("ADDRESS", "fe80::1%eth0")
	t.Setenv("EACH", "each")
	t.Setenv("HARDNAME", "a %41")
	const hard = "%2541%2F%3F&%23%40%3A%20+=$%20%C3%A9%5B"
	tests := map[string]struct {
		location Location
		want     string
	}{
		"a variable as the password":         {Location{URL: "postgres://kpi:${HARD}@db/app"}, "postgres://kpi:" + hard + "@db/app?sslmode=require"},
		"a variable as a part of it":         {Location{URL: "postgres://kpi:a%20${HARD}b@db/app"}, "postgres://kpi:a%20" + hard + "b@db/app?sslmode=require"},
		"a variable as a parameter":          {Location{URL: "postgres://kpi@db/app?password=${HARD}&sslmode=disable"}, "postgres://kpi:" + hard + "@db/app?sslmode=disable"},
		"a variable as each part":            {Location{URL: "postgres://${EACH}:${EACH}@${EACH}:${NUMBER}/${EACH}?sslmode=disable&application_name=${EACH}"}, "postgres://each:each@each:5433/each?application_name=each&sslmode=disable"},
		"a variable as a socket":             {Location{URL: "postgres://kpi@${SOCKET}/app"}, "postgres://kpi@/app?host=%2Frun%2Fpostgresql&port=5432&sslmode=disable"},
		"a variable as an IPv6":              {Location{URL: "postgres://kpi@[${ADDRESS}]:${NUMBER}/app"}, "postgres://kpi@[fe80::1%25eth0]:5433/app?sslmode=require"},
		"a variable as a name":               {Location{URL: "postgres://kpi@db/${HARDNAME}"}, "postgres://kpi@db/a%20%2541?sslmode=require"},
		"a variable in a file's name":        {Location{URL: "sqlite://${SOCKET}/${HARDNAME}.db"}, "sqlite:///run/postgresql/a %41.db"},
		"what has no effect":                 {Location{URL: "postgres://kpi@db/app?keepalives=1&keepalives_idle=5&tcp_user_timeout=9&channel_binding=prefer&gssencmode=disable&sslcompression=0&client_encoding=UTF8&krbsrvname=x"}, "postgres://kpi@db/app?sslmode=require"},
		"a setting of the session":           {Location{URL: "postgres://kpi@db/app?search_path=a,b&work_mem=1MB"}, "postgres://kpi@db/app?search_path=a%2Cb&sslmode=require&work_mem=1MB"},
		"as written":                         {Location{URL: "postgres://kpi:pw@db:5432/app?sslmode=disable"}, "postgres://kpi:pw@db:5432/app?sslmode=disable"},
		"the other scheme":                   {Location{URL: "postgresql://kpi@db/app?sslmode=disable"}, "postgres://kpi@db/app?sslmode=disable"},
		"without sslmode it is require":      {Location{URL: "postgres://kpi@db/app"}, "postgres://kpi@db/app?sslmode=require"},
		"the system's certificates":          {Location{URL: "postgres://kpi@db/app?sslrootcert=system"}, "postgres://kpi@db/app?sslmode=verify-full&sslrootcert=system"},
		"from the environment":               {Location{URL: "${APP_URL}"}, "postgres://kpi:p%40ss@db.example:5433/app?sslmode=verify-full"},
		"partly from the environment":        {Location{URL: "postgres://kpi:${APP_PASSWORD}@db/app"}, "postgres://kpi:p%40ss@db/app?sslmode=require"},
		"a dollar alone is a dollar":         {Location{URL: "postgres://kpi:a$b$$c@db/app"}, "postgres://kpi:a$b$$c@db/app?sslmode=require"},
		"url_file":                           {Location{URLFile: writeFile(t, "postgres://kpi@db/app\n")}, "postgres://kpi@db/app?sslmode=require"},
		"url_file with a Windows line break": {Location{URLFile: writeFile(t, "postgres://kpi@db/app\r\n")}, "postgres://kpi@db/app?sslmode=require"},
		"password_file": {
			Location{URL: "postgres://kpi@db/app", PasswordFile: writeFile(t, "pw\n")},
			"postgres://kpi:pw@db/app?sslmode=require",
		},
		"password_file with special characters": {
			Location{URL: "postgres://kpi@db/app", PasswordFile: writeFile(t, "#@%/:? é\n\n")},
			"postgres://kpi:%23%40%25%2F%3A%3F%20%C3%A9%0A@db/app?sslmode=require",
		},
		"an unescaped @, : and #": {Location{URL: "postgres://kpi:a@b:c#d@db/app"}, "postgres://kpi:a%40b%3Ac%23d@db/app?sslmode=require"},
		"IPv6":                    {Location{URL: "postgres://kpi@[::1]:5433/app"}, "postgres://kpi@[::1]:5433/app?sslmode=require"},
		"IPv6 with a zone":        {Location{URL: "postgres://kpi@[fe80::1%25eth0]:5433/app"}, "postgres://kpi@[fe80::1%25eth0]:5433/app?sslmode=require"},
		"IPv6 as a parameter":     {Location{URL: "postgres://kpi@/app?host=::1&port=5433"}, "postgres://kpi@/app?host=%3A%3A1&port=5433&sslmode=require"},
		"IPv6 of several":         {Location{URL: "postgres://kpi@[::1]:5433,db/app"}, "postgres://kpi@/app?host=%3A%3A1%2Cdb&port=5433%2C5432&sslmode=require"},
		"a socket and a host":     {Location{URL: "postgres://kpi@/app?host=/run/postgresql,db"}, "postgres://kpi@/app?host=%2Frun%2Fpostgresql%2Cdb&sslmode=require"},
		"a socket":                {Location{URL: "postgres://kpi@/app?host=/run/postgresql"}, "postgres://kpi@/app?host=%2Frun%2Fpostgresql&sslmode=disable"},
		"several hosts": {
			Location{URL: "postgres://kpi@a,b:5433/app?target_session_attrs=standby"},
			"postgres://kpi@/app?host=a%2Cb&port=5432%2C5433&sslmode=require&target_session_attrs=standby",
		},
		"a socket's folder as the host": {
			Location{URL: "postgres://kpi@%2Frun%2Fpostgresql:5433/app"},
			"postgres://kpi@/app?host=%2Frun%2Fpostgresql&port=5433&sslmode=disable",
		},
		"a socket's folder without a port": {
			Location{URL: "postgres://kpi@%2frun/app"},
			"postgres://kpi@/app?host=%2Frun&port=5432&sslmode=disable",
		},
		"all of it in parameters": {
			Location{URL: "postgres:///?user=kpi&password=p%40s+s&dbname=app&host=db&port=5433"},
			"postgres://kpi:p%40s+s@/app?host=db&port=5433&sslmode=require",
		},
		"no host but a socket, the user a parameter": {
			Location{URL: "postgres:///app?user=kpi&host=/run/postgresql"},
			"postgres://kpi@/app?host=%2Frun%2Fpostgresql&sslmode=disable",
		},
		"user and password as parameters":           {Location{URL: "postgres://db:5433/app?user=kpi&password=a=b#c"}, "postgres://kpi:a=b%23c@db:5433/app?sslmode=require"},
		"the password alone as a parameter":         {Location{URL: "postgres://kpi@db/app?password=pw"}, "postgres://kpi:pw@db/app?sslmode=require"},
		"password_file and user as a parameter":     {Location{URL: "postgres://db/app?user=kpi", PasswordFile: writeFile(t, "pw")}, "postgres://kpi:pw@db/app?sslmode=require"},
		"the port as a parameter":                   {Location{URL: "postgres://kpi@db/app?port=5433"}, "postgres://kpi@db/app?port=5433&sslmode=require"},
		"one port for several hosts":                {Location{URL: "postgres://kpi@a,b/app?port=5433"}, "postgres://kpi@/app?host=a%2Cb&port=5433&sslmode=require"},
		"no database name":                          {Location{URL: "postgres://kpi@db"}, "postgres://kpi@db/?sslmode=require"},
		"sqlite, relative to the file that says it": {Location{URL: "sqlite://data/app.db", Folder: "conf"}, "sqlite://conf/data/app.db"},
		"sqlite, absolute":                          {Location{URL: "sqlite:///data/app 100%?.db", Folder: "conf"}, "sqlite:///data/app 100%?.db"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := test.location.Resolve()
			if err != nil {
				t.Fatal(err)
			}
			if got.Reveal() != test.want {
				t.Errorf("Resolve() = %s\nwant    %s", got.Reveal(), test.want)
			}
			if strings.HasPrefix(test.want, "postgres") {
				if _, err := url.Parse(got.Reveal()); err != nil {
					t.Errorf("net/url does not parse it: %v", err)
				}
			}
		})
	}
}

func TestResolveErrors(t *testing.T) {
	t.Setenv("EMPTY", "")
	t.Setenv("SPANS", "canary:5432")
	t.Setenv("ALL", "u:canary@h/db?x=y")
	more := func(name string) string {
		return "the environment variable " + name + " holds more than one part of the url: give each part its own variable, such as ${USER}:${PASSWORD}@${HOST}:${PORT}, or put the whole url into one"
	}
	const form = `the url is not a URL of the form postgres://user@host:5432/name `
	const (
		brackets = form + "(an IPv6 address goes in square brackets, followed by a colon and the port: write [::1]:5432)"
		socket   = form + "(the folder of a socket is a parameter: write postgres://user@/name?host=/folder)"
		noUser   = form + "(it names no user: write postgres://user@/name?host=/folder, where user is usually the operating system user that runs the exporter)"
	)
	twice := func(key string) string {
		return "the parameter " + key + " of the url repeats what is before the ?: leave one of them out"
	}
	tests := map[string]struct {
		location Location
		want     string
	}{
		"a host and a port":                   {Location{URL: "postgres://u@${SPANS}/db"}, more("SPANS")},
		"a user and a password":               {Location{URL: "postgres://${SPANS}@h/db"}, more("SPANS")},
		"all but the scheme":                  {Location{URL: "postgres://${ALL}"}, more("ALL")},
		"a name and a parameter":              {Location{URL: "postgres://u@h/${ALL}"}, more("ALL")},
		"parameters in a variable":            {Location{URL: "postgres://u@h/db?${ALL}"}, more("ALL")},
		"a variable that is not set":          {Location{URL: "postgres://u:${KPI_NOT_SET}@h/db"}, "the environment variable KPI_NOT_SET is not set"},
		"of libpq":                            {Location{URL: "postgres://u@h/db?channel_binding=require"}, "the parameter channel_binding of the url is not supported: write sslmode=verify-full instead, which prevents the same attack"},
		"of a pooler":                         {Location{URL: "postgres://u@h/db?pgbouncer=true"}, "the parameter pgbouncer of the url is not supported: leave it out; without it, queries work behind every pooler in transaction or session mode"},
		"of an ORM":                           {Location{URL: "postgres://u@h/db?schema=shop"}, "the parameter schema of the url is not supported: write search_path instead"},
		"of JDBC":                             {Location{URL: "postgres://u@h/db?ssl=true"}, "the parameter ssl of the url is not supported: write sslmode=require or sslmode=verify-full"},
		"a secret of libpq":                   {Location{URL: "postgres://u@h/db?oauth_client_secret=canary"}, "the parameter oauth_client_secret of the url is not supported: use a password or a certificate"},
		"a framework":                         {Location{URL: "postgres://u@h/db?pool_pre_ping=true"}, "the parameter pool_pre_ping of the url is not supported: leave it out; it is a setting of a framework"},
		"a driver":                            {Location{URL: "postgres://u@h/db?somethingOfADriver=canary"}, "a parameter of the url is not one of PostgreSQL, whose names are in small letters: leave it out"},
		"a limit":                             {Location{URL: "postgres://u@h/db?connection_limit=5"}, "the parameter connection_limit of the url is not supported: set max_connections of the database instead"},
		"a wrong case":                        {Location{URL: "postgres://u@h/db?Connect-Timeout=5"}, "a parameter of the url is misspelt: write connect_timeout"},
		"missing variable":                    {Location{URL: "${KPI_NOT_SET}"}, `the environment variable KPI_NOT_SET is not set`},
		"empty variable":                      {Location{URL: "${EMPTY}"}, `the environment variable EMPTY is not set`},
		"mysql":                               {Location{URL: "mysql://u:canary@/db"}, `the url is not a URL of the form mysql://user@host:3306/name (it names no host)`},
		"other scheme":                        {Location{URL: "canary://u:canary@h/db"}, form + "(it must begin with postgres://, mysql://, sqlite:// or prometheus+https://)"},
		"no scheme":                           {Location{URL: "canary"}, form + "(there is no :// in it)"},
		"key and value":                       {Location{URL: "host=db password=canary"}, form + "(there is no :// in it)"},
		"port":                                {Location{URL: "postgres://u:canary@h:canary/db"}, form + "(the port is not a number)"},
		"port too large":                      {Location{URL: "postgres://u:canary@h:99999/db"}, form + "(the port is not between 1 and 65535)"},
		"escape in password":                  {Location{URL: "postgres://u:canary%zz@h/db"}, form + "(a % in the password is not followed by two hexadecimal digits: write %25, or use password_file)"},
		"escape in user":                      {Location{URL: "postgres://canary%zz:x@h/db"}, form + "(a % in the user's name is not followed by two hexadecimal digits)"},
		"escape in name":                      {Location{URL: "postgres://u:x@h/canary%zz"}, form + "(a % in the database's name is not followed by two hexadecimal digits)"},
		"escape in option":                    {Location{URL: "postgres://u:x@h/db?a=canary%zz"}, form + "(a % in a parameter is not followed by two hexadecimal digits)"},
		"bracket":                             {Location{URL: "postgres://u:canary@[::1/db"}, form + "(the text in square brackets is not an IPv6 address)"},
		"slash in password":                   {Location{URL: "postgres://u:can/ary@h/db"}, form + "(it names no user; escape / and ? in a password, or use a password_file)"},
		"no user":                             {Location{URL: "postgres://h/db"}, form + "(it names no user; escape / and ? in a password, or use a password_file)"},
		"no host":                             {Location{URL: "postgres://u:canary@/db"}, form + "(it names no host)"},
		"host":                                {Location{URL: "postgres://u:x@can^ary/db"}, form + "(the host name has a character that is not allowed)"},
		"line break":                          {Location{URL: "postgres://u:can\nary@h/db"}, form + "(there is a space or a control character in it)"},
		"sslmode":                             {Location{URL: "postgres://u:x@h/db?sslmode=canary"}, "the parameter sslmode of the url is not one of disable, allow, prefer, require, verify-ca, verify-full: write sslmode=disable, or another of them"},
		"weak system":                         {Location{URL: "postgres://u:canary@h/db?sslrootcert=system&sslmode=require"}, "with sslrootcert=system the server is always verified, and the sslmode of the url is another one: write sslmode=verify-full, or leave sslmode out"},
		"option":                              {Location{URL: "postgres://u:x@h/db?canary"}, "a parameter of the url has no value: write name=value; in a password, write & as %26 and ? as %3F"},
		"service":                             {Location{URL: "postgres://u:canary@h/db?service=canary"}, "the parameter service of the url is not supported: write the host, port and user of the service into the url; no service file is read"},
		"two users":                           {Location{URL: "postgres://canary@h/db?user=canary"}, twice("user")},
		"two passwords in the url":            {Location{URL: "postgres://u:canary@h/db?password=canary2"}, twice("password")},
		"two names":                           {Location{URL: "postgres://u@h/canary?dbname=canary"}, twice("dbname")},
		"two hosts":                           {Location{URL: "postgres://u:canary@h/db?host=canary"}, twice("host")},
		"two ports":                           {Location{URL: "postgres://u:canary@h:5432/db?port=5433"}, twice("port")},
		"empty user option":                   {Location{URL: "postgres://h/db?user=&password=canary"}, form + "(it names no user; escape / and ? in a password, or use a password_file)"},
		"slash in password and a user option": {Location{URL: "postgres://u:12/canary@h/db?user=u"}, form + "(it names no user; escape / and ? in a password, or use a password_file)"},
		"password option and file":            {Location{URL: "postgres://u@h/db?password=canary", PasswordFile: "canary"}, `the url holds a password and there is a password_file: leave one of them out`},
		"user and no host":                    {Location{URL: "postgres:///db?user=canary"}, form + "(it names no host)"},
		"escape in host":                      {Location{URL: "postgres://u@%2Fcanary%zz/db"}, form + "(a % in the host is not followed by two hexadecimal digits)"},
		"a comma in a socket's folder":        {Location{URL: "postgres://u@%2Fcanary%2Cx/db"}, form + "(the host name has a character that is not allowed)"},
		"two passwords": {
			Location{URL: "postgres://u:canary@h/db", PasswordFile: "canary"},
			`the url holds a password and there is a password_file: leave one of them out`,
		},
		"IPv6 without brackets":                   {Location{URL: "postgres://u:canary@::1:5432/db"}, brackets},
		"IPv6 without brackets or port":           {Location{URL: "postgres://u:canary@::1/db"}, brackets},
		"a longer IPv6 without brackets":          {Location{URL: "postgres://u:canary@fe80::1/db"}, brackets},
		"a full IPv6 without brackets":            {Location{URL: "postgres://u:canary@2001:db8:0:0:0:0:0:1:5432/db"}, brackets},
		"IPv6 without brackets after a host":      {Location{URL: "postgres://u:canary@h,::1:5432/db"}, brackets},
		"IPv6 without brackets, user a parameter": {Location{URL: "postgres://::1:5432/db?user=canary"}, brackets},
		"IPv6 without brackets or a user":         {Location{URL: "postgres://::1:5432/db"}, form + "(it names no user; escape / and ? in a password, or use a password_file)"},
		"IPv6 with a bracket at its end":          {Location{URL: "postgres://u:canary@::1]:5432/db"}, brackets},
		"IPv6 and a port without a colon":         {Location{URL: "postgres://u:canary@[::1]5432/db"}, brackets},
		"a name in brackets":                      {Location{URL: "postgres://u:canary@[db]:5432/db"}, form + "(the text in square brackets is not an IPv6 address)"},
		"two ports on a host":                     {Location{URL: "postgres://u:canary@h:5432:5433/db"}, form + "(a host has one port: write host:5432, and an IPv6 address in square brackets, [::1]:5432)"},
		"a socket in brackets":                    {Location{URL: "postgres://u:canary@[/run/postgresql]/db"}, socket},
		"a socket in brackets with a port":        {Location{URL: "postgres://u:canary@[/run/postgresql]:5432/db"}, socket},
		"an escaped socket in brackets":           {Location{URL: "postgres://u:canary@[%2Frun%2Fpostgresql]/db"}, socket},
		"a socket in brackets, user a parameter":  {Location{URL: "postgres://[/run/postgresql]/db?user=canary"}, socket},
		"a socket that is not escaped":            {Location{URL: "postgres://u:canary@/run/postgresql/db"}, socket},
		"a socket as MySQL's drivers write it":    {Location{URL: "postgres://u:canary@unix(/run/postgresql)/db"}, socket},
		"a socket, not from the root":             {Location{URL: "postgres://u:canary@/db?host=run/postgresql"}, socket},
		"the socket itself":                       {Location{URL: "postgres://u:canary@/db?host=/run/.s.PGSQL.5432"}, form + "(host is the folder of the socket, without the /.s.PGSQL.5432 at its end)"},
		"a socket without a user":                 {Location{URL: "postgres:///db?host=/canary"}, noUser},
		"a socket with an empty user":             {Location{URL: "postgres://@/db?host=/canary"}, noUser},
		"a socket with a password only":           {Location{URL: "postgres://:canary@/db?host=/run"}, noUser},
		"an escaped socket without a user":        {Location{URL: "postgres://%2Fcanary/db"}, noUser},
		"a socket in brackets without a user":     {Location{URL: "postgres://[/canary]/db"}, noUser},
		"an IPv6 parameter in brackets":           {Location{URL: "postgres://u:canary@/db?host=[::1]"}, form + "(as a parameter an IPv6 address has no square brackets: write host=::1)"},
		"an IPv6 parameter in brackets, a port":   {Location{URL: "postgres://u:canary@/db?host=a,[::1]:5432"}, form + "(as a parameter an IPv6 address has no square brackets: write host=::1)"},
		"a port in the host parameter":            {Location{URL: "postgres://u:canary@/db?host=h:5432"}, form + "(host and port are separate parameters: write host=db&port=5432)"},
		"an empty host among others":              {Location{URL: "postgres://u:canary@/db?host=a,,b"}, form + "(it names no host)"},
		"a host parameter that none can be":       {Location{URL: "postgres://u:x@/db?host=can^ary"}, form + "(the host name has a character that is not allowed)"},
		"no file":                                 {Location{URL: "sqlite://"}, `the url names no file: write sqlite://file.db or sqlite:///folder/file.db`},
		"sqlite password":                         {Location{URL: "sqlite://x.db", PasswordFile: "canary"}, `a SQLite file has no password: leave password_file out`},
		"no url file":                             {Location{URLFile: "/nowhere/url"}, `url_file: cannot open the file: no such file or directory`},
		"no password file": {
			Location{URL: "postgres://u@h/db", PasswordFile: "/nowhere/password"},
			`password_file: cannot open the file: no such file or directory`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := test.location.Resolve()
			if err == nil || err.Error() != test.want {
				t.Errorf("Resolve() = %v, error\n     %v\nwant %v", got, err, test.want)
			}
		})
	}
}

func TestEmptyPasswordFile(t *testing.T) {
	l := Location{URL: "postgres://u@h/db", PasswordFile: writeFile(t, "\n")}
	if _, err := l.Resolve(); err == nil || !strings.HasSuffix(err.Error(), " is empty") {
		t.Errorf("error %v, want one that says the file is empty", err)
	}
}

func TestRotatedSecretsAreReadAgain(t *testing.T) {
	l := Location{URL: "postgres://u@h/db", PasswordFile: writeFile(t, "old\n")}
	for _, password := range []string{"old", "new"} {
		if err := os.WriteFile(l.PasswordFile, []byte(password), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := l.Resolve()
		if want := "postgres://u:" + password + "@h/db?sslmode=require"; err != nil || got.Reveal() != want {
			t.Errorf("Resolve() = %v, %v, want %s", got, err, want)
		}
	}
}

func TestLocationEngine(t *testing.T) {
	postgres, sqlite, mysql := Postgres{}, SQLite{}, MySQL{}
	tests := map[string]Engine{
		"postgres://u@h/db": postgres, "postgresql://${USER}@h/db": postgres, "sqlite://x.db": sqlite, "mysql://h": mysql, "mariadb://${USER}@h/db": mysql,
		"${URL}": nil, "": nil, "oracle://h": nil,
	}
	for text, want := range tests {
		if got := (Location{URL: text}).Engine(); got != want {
			t.Errorf("%s: Engine() = %v, want %v", text, got, want)
		}
	}
}

func TestWarning(t *testing.T) {
	const missing, weak = "the url has no sslmode", "may cross the network unencrypted"
	tests := map[string]string{
		"postgres://u:${PW}@h/db":                     missing,
		"postgres://u@localhost/db":                   missing,
		"postgres://u@h/db?sslmode=require":           "",
		"postgres://u@h/db?sslmode=verify-full":       "",
		"postgres://u@h/db?sslmode=disable":           weak,
		"postgres://u@h/db?sslmode=allow":             weak,
		"postgres://u@localhost,h/db?sslmode=prefer":  weak,
		"postgres://u@localhost/db?sslmode=disable":   "",
		"postgres://u@127.0.0.1/db?sslmode=disable":   "",
		"postgres://u@[::1]:5433/db?sslmode=disable":  "",
		"postgres://u@${HOST}/db?sslmode=disable":     "",
		"postgres://u@h/db?sslmode=${MODE}":           "",
		"postgres://u@/db?host=/run/postgresql":       "",
		"postgres://u@h:port/db":                      "",
		"${URL}":                                      "",
		"sqlite://x.db":                               "",
		"postgres://u@h/db?sslrootcert=system":        "",
		"postgres://u@/db?host=/run/a&sslmode=prefer": "",
		"postgres://u@%2Frun%2Fa/db":                  "",
		"postgres://h/db?user=u&password=pw":          missing,
		"postgres:///db?user=u&host=h&sslmode=prefer": weak,
	}
	for text, want := range tests {
		got := (Location{URL: text}).Warning()
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: Warning() = %q, want it to say %q", text, got, want)
		}
	}
}

func TestEscapedVariable(t *testing.T) {
	t.Setenv("ESCAPED", "p%40ss")
	t.Setenv("PLAIN", "100%")
	for url, want := range map[string]string{
		"postgres://u:${ESCAPED}@h/db": "ESCAPED", "postgres://u:${PLAIN}@${ESCAPED}/db": "ESCAPED", "postgres://u:${PLAIN}@h/db": "",
		"${ESCAPED}": "", "sqlite://${ESCAPED}": "", "postgres://u:${NOT_SET}@h/db": "",
	} {
		if got := (Location{URL: url}).EscapedVariable(); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}
