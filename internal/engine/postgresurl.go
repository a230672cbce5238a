package engine

import (
	"cmp"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// parsePostgresURL reads what follows postgres://. It is more forgiving than net/url, because people paste passwords:
// an @, : or # in one needs no escape. As with libpq, user, password, dbname, host and port may also be parameters; what
// is before the ? and again after it is an error. Its errors hold no part of the URL, unlike those of net/url.
func parsePostgresURL(rest string) (*url.URL, error) {
	if strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, errors.New("there is a space or a control character in it")
	}
	rest, query, _ := strings.Cut(rest, "?")
	parameters, err := parseParameters(query)
	if err != nil {
		return nil, err
	}
	authority, path, _ := strings.Cut(rest, "/")
	login, hosts, ok := cutLogin(authority)
	if !ok && strings.Contains(path, "@") { // A password with a / in it would become the name of a database.
		return nil, errNoUser
	}
	u := &url.URL{Scheme: "postgres"}
	if u.User, err = parseUser(login, parameters); err != nil {
		if errors.Is(err, errNoUser) && (namesSocket(hosts) || strings.HasPrefix(parameters.Get("host"), "/")) {
			err = errNoSocketUser
		}
		return nil, err
	}
	if u.Host, err = parseHosts(hosts, parameters); err != nil {
		if errors.Is(err, errNoHost) && strings.Contains(path, "/") {
			err = errSocket
		}
		return nil, err
	}
	name, err := url.PathUnescape(path)
	if err != nil {
		return nil, errors.New("a % in the database's name is not followed by two hexadecimal digits")
	}
	if name, err = oneOf(name, parameters, "dbname"); err != nil {
		return nil, err
	}
	parameters.Del("dbname")
	u.Path = "/" + name
	u.RawQuery = encode(parameters)
	switch mode, system := parameters.Get("sslmode"), parameters.Get("sslrootcert") == "system"; {
	case mode == "" && isSocket(u):
		parameters.Set("sslmode", "disable")
	case mode == "" && system:
		parameters.Set("sslmode", "verify-full")
	case mode != "verify-full" && system:
		return nil, &PartError{"with sslrootcert=system the server is always verified, and the sslmode of the url is another one", "write sslmode=verify-full, or leave sslmode out"}
	case mode == "":
		parameters.Set("sslmode", "require")
	}
	u.RawQuery = encode(parameters)
	return u, nil
}

func parseParameters(query string) (url.Values, error) {
	parameters, err := splitParameters(query)
	if err != nil {
		return nil, err
	}
	return parameters, checkParameters(parameters)
}

// splitParameters reads what is after the ?, whatever its names are.
func splitParameters(query string) (url.Values, error) {
	parameters := url.Values{}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, errNoValue
		}
		value, err := url.PathUnescape(value) // As libpq: a + is a +.
		if err != nil {
			return nil, errors.New("a % in a parameter is not followed by two hexadecimal digits")
		}
		if parameters.Has(key) {
			return nil, errTwice
		}
		parameters.Set(key, value)
	}
	return parameters, nil
}

// cutLogin cuts text around the last @; without one all of it is after.
func cutLogin(text string) (login, after string, found bool) {
	at := strings.LastIndex(text, "@")
	if at < 0 {
		return "", text, false
	}
	return text[:at], text[at+1:], true
}

// oneOf returns what is before the ?, or else the parameter. Both together are an error.
func oneOf(before string, parameters url.Values, key string) (string, error) {
	parameter := parameters.Get(key)
	if before != "" && parameter != "" {
		return "", &PartError{"the parameter " + key + " of the url repeats what is before the ?", "leave one of them out"}
	}
	return cmp.Or(before, parameter), nil
}

var (
	errNoUser       = errors.New("it names no user; escape / and ? in a password, or use a password_file")
	errNoSocketUser = errors.New("it names no user: write postgres://user@/name?host=/folder, where user is usually the operating system user that runs the exporter")
	errNoHost       = errors.New("it names no host")
	errSocket       = errors.New("the folder of a socket is a parameter: write postgres://user@/name?host=/folder")
	errBrackets     = errors.New("an IPv6 address goes in square brackets, followed by a colon and the port: write [::1]:5432")
	errNotIPv6      = errors.New("the text in square brackets is not an IPv6 address")
	errOnePort      = errors.New("a host has one port: write host:5432, and an IPv6 address in square brackets, [::1]:5432")
	errHostName     = errors.New("the host name has a character that is not allowed")
)

var (
	errNoName  = &PartError{"a parameter of the url has no name", "write its name before the =, or leave it out"}
	errNoValue = &PartError{"a parameter of the url has no value", "write name=value; in a password, write & as %26 and ? as %3F"}
	errTwice   = &PartError{"the url has a parameter twice", "leave one of them out"}
)

// parseUser returns the user and password, and removes them from the parameters.
func parseUser(text string, parameters url.Values) (*url.Userinfo, error) {
	name, password, _ := strings.Cut(text, ":")
	name, err := url.PathUnescape(name)
	if err != nil {
		return nil, errors.New("a % in the user's name is not followed by two hexadecimal digits")
	}
	if password, err = url.PathUnescape(password); err != nil {
		return nil, errors.New("a % in the password is not followed by two hexadecimal digits: write %25, or use password_file")
	}
	if name, err = oneOf(name, parameters, "user"); err != nil {
		return nil, err
	}
	if password, err = oneOf(password, parameters, "password"); err != nil {
		return nil, err
	}
	parameters.Del("user")
	parameters.Del("password")
	switch {
	case name == "":
		return nil, errNoUser
	case password == "":
		return url.User(name), nil
	}
	return url.UserPassword(name, password), nil
}

// parseHosts returns the one host, with its port if it has one. Several hosts, and the folder of a socket, become the
// parameters host and port, because net/url knows neither.
func parseHosts(text string, parameters url.Values) (string, error) {
	if _, err := oneOf(text, parameters, "host"); err != nil {
		return "", err
	}
	if text == "" {
		return "", checkHostParameter(parameters.Get("host"))
	}
	var names, ports []string
	for h := range strings.SplitSeq(text, ",") {
		name, port, err := parseHost(h)
		if err != nil {
			return "", err
		}
		names, ports = append(names, name), append(ports, port)
	}
	if _, err := oneOf(strings.Join(ports, ""), parameters, "port"); err != nil {
		return "", err
	}
	if len(names) == 1 && !strings.HasPrefix(names[0], "/") {
		return strings.TrimSuffix(net.JoinHostPort(names[0], ports[0]), ":"), nil
	}
	parameters.Set("host", strings.Join(names, ","))
	if parameters.Get("port") == "" {
		for i := range ports {
			ports[i] = cmp.Or(ports[i], "5432")
		}
		parameters.Set("port", strings.Join(ports, ","))
	}
	return "", nil
}

// checkHostParameter checks the hosts of the parameter, which are written as they are: with nothing escaped, and without
// ports.
func checkHostParameter(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		_, err := netip.ParseAddr(name)
		switch isAddress := err == nil; {
		case isAddress:
		case strings.HasPrefix(name, "["):
			return errors.New("as a parameter an IPv6 address has no square brackets: write host=::1")
		case strings.HasPrefix(name, "/") && strings.Contains(name, "/.s.PGSQL."):
			return errors.New("host is the folder of the socket, without the /.s.PGSQL.5432 at its end")
		case !strings.HasPrefix(name, "/") && strings.Contains(name, "/"):
			return errSocket
		case !strings.HasPrefix(name, "/") && strings.Contains(name, ":"):
			return errors.New("host and port are separate parameters: write host=db&port=5432")
		default:
			if err := checkHostName(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkHostName checks the name of a host, or the folder of a socket.
func checkHostName(name string) error {
	if name == "" {
		return errNoHost
	}
	isFolder := strings.HasPrefix(name, "/")
	if strings.ContainsFunc(name, func(r rune) bool {
		if isFolder {
			return r == ',' || unicode.IsControl(r)
		}
		return r != '-' && r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		return errHostName
	}
	return nil
}

// namesSocket reports whether what is in the place of a host seems to be the folder of a socket. What follows a / that is not
// escaped is no longer part of it.
func namesSocket(text string) bool {
	lower := strings.ToLower(text)
	return text == "[" || strings.HasPrefix(lower, "[%2f") || strings.HasPrefix(lower, "%2f") || strings.HasPrefix(lower, "unix(")
}

// parseHost returns a host and its port, "" if it has none. A host that begins with a / is the folder of a socket.
func parseHost(text string) (name, port string, err error) {
	address, bracketed := strings.CutPrefix(text, "[")
	switch {
	case namesSocket(text) && text[0] != '%':
		return "", "", errSocket
	case bracketed:
		address, after, closed := strings.Cut(address, "]")
		name = strings.Replace(address, "%25", "%", 1) // Before its zone.
		if _, err := netip.ParseAddr(name); !closed || err != nil {
			return "", "", errNotIPv6
		}
		if after != "" && after[0] != ':' {
			return "", "", errBrackets
		}
		port = strings.TrimPrefix(after, ":")
	case strings.Count(text, ":") > 1:
		if seemsIPv6(text) {
			return "", "", errBrackets
		}
		return "", "", errOnePort
	default:
		name, port, _ = strings.Cut(text, ":")
		if name, err = url.PathUnescape(name); err != nil {
			return "", "", errors.New("a % in the host is not followed by two hexadecimal digits")
		}
		if err := checkHostName(name); err != nil {
			return "", "", err
		}
	}
	if port == "" {
		return name, "", nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		if strings.Trim(port, "0123456789") != "" {
			return "", "", errors.New("the port is not a number")
		}
		return "", "", errors.New("the port is not between 1 and 65535")
	}
	return name, port, nil
}

// seemsIPv6 reports whether a text is an IPv6 address that lacks a square bracket, with a port or without.
func seemsIPv6(text string) bool {
	text = strings.ReplaceAll(text, "]", "")
	_, err := netip.ParseAddr(text)
	_, errBeforePort := netip.ParseAddr(text[:strings.LastIndex(text, ":")])
	return err == nil || errBeforePort == nil
}

// hostsOf returns every host without its port.
func hostsOf(u *url.URL) []string {
	if u.Host != "" {
		return []string{u.Hostname()}
	}
	return strings.Split(u.Query().Get("host"), ",")
}

func isSocket(u *url.URL) bool {
	return !slices.ContainsFunc(hostsOf(u), func(h string) bool { return !strings.HasPrefix(h, "/") })
}

func isLoopback(u *url.URL) bool {
	return !slices.ContainsFunc(hostsOf(u), func(h string) bool {
		address, _ := netip.ParseAddr(h)
		return h != "localhost" && !strings.HasPrefix(h, "/") && !address.IsLoopback()
	})
}
