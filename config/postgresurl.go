package config

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
// is said before the ? and again after it is an error. Its errors hold no part of the URL, unlike those of net/url.
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
	login, hosts, ok := cutLast(authority, "@")
	if !ok && strings.Contains(path, "@") { // A password with a / in it would become the name of a database.
		return nil, errNoUser
	}
	u := &url.URL{Scheme: "postgres"}
	if u.User, err = parseUser(login, parameters); err != nil {
		return nil, err
	}
	if u.Host, err = parseHosts(hosts, parameters); err != nil {
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
	u.RawQuery = parameters.Encode()
	switch mode, system := parameters.Get("sslmode"), parameters.Get("sslrootcert") == "system"; {
	case mode == "" && isSocket(u):
		parameters.Set("sslmode", "disable")
	case mode == "" && system:
		parameters.Set("sslmode", "verify-full")
	case mode != "verify-full" && system:
		return nil, errors.New("with sslrootcert=system its sslmode must be verify-full")
	case mode == "":
		parameters.Set("sslmode", "require")
	case !slices.Contains([]string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}, mode):
		return nil, errors.New("its sslmode is none of disable, allow, prefer, require, verify-ca, verify-full")
	}
	u.RawQuery = parameters.Encode()
	return u, nil
}

func parseParameters(query string) (url.Values, error) {
	parameters := url.Values{}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, errors.New("a parameter after the ? has no =")
		}
		value, err := url.PathUnescape(value) // As libpq: a + is a +.
		if err != nil {
			return nil, errors.New("a % in a parameter is not followed by two hexadecimal digits")
		}
		if key == "service" {
			return nil, errors.New("service is no parameter here: no file of services is read")
		}
		parameters.Set(key, value)
	}
	return parameters, nil
}

// cutLast cuts text around the last separator; without one all of it is after.
func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return "", text, false
	}
	return text[:at], text[at+len(separator):], true
}

// oneOf returns what was said before the ?, or else the parameter. To say both is an error.
func oneOf(before string, parameters url.Values, key string) (string, error) {
	parameter := parameters.Get(key)
	if before != "" && parameter != "" {
		return "", errors.New("it says after the ? with " + key + "= what stands before it already: leave one of them out")
	}
	return cmp.Or(before, parameter), nil
}

var errNoUser = errors.New("it names no user; a / or ? in a password must be escaped, or the password be in a password_file")

// parseUser returns the user and password, which are no parameters any more.
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

// parseHosts returns the one host, with its port if it says one. Several hosts, and the folder of a socket, become the
// parameters host and port, because net/url knows neither.
func parseHosts(text string, parameters url.Values) (string, error) {
	if _, err := oneOf(text, parameters, "host"); err != nil {
		return "", err
	}
	if text == "" {
		if parameters.Get("host") == "" {
			return "", errors.New("it names no host")
		}
		return "", nil
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

// parseHost returns a host and its port, "" if it says none. A host that begins with a / is the folder of a socket.
func parseHost(text string) (name, port string, err error) {
	if address, ok := strings.CutPrefix(text, "["); ok {
		address, after, ok := strings.Cut(address, "]")
		if _, err := netip.ParseAddr(address); !ok || err != nil || after != "" && after[0] != ':' {
			return "", "", errors.New("what stands in square brackets is not an IPv6 address")
		}
		name, port = address, strings.TrimPrefix(after, ":")
	} else {
		name, port, _ = strings.Cut(text, ":")
		if name, err = url.PathUnescape(name); err != nil {
			return "", "", errors.New("a % in the host is not followed by two hexadecimal digits")
		}
		if name == "" {
			return "", "", errors.New("it names no host")
		}
		socket := strings.HasPrefix(name, "/")
		if strings.ContainsFunc(name, func(r rune) bool {
			if socket {
				return r == ',' || unicode.IsControl(r)
			}
			return r != '-' && r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			return "", "", errors.New("a host's name holds a character that none can hold")
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
