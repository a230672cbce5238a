package engine

import "strings"

// rightScheme returns the scheme to write in place of one of other programs, such as jdbc:postgresql: or mysql+pymysql:, "" if there is
// none, or if it is right.
func rightScheme(url string) string {
	scheme, isJDBC := strings.CutPrefix(url, "jdbc:")
	scheme, _, ok := strings.Cut(scheme, ":")
	if !ok || !isJDBC && Find(scheme) != nil {
		return ""
	}
	scheme, _, _ = strings.Cut(scheme, "+") // The driver.
	switch scheme {
	case "postgres", "postgresql", "postgis", "pg", "pgsql", "psql", "cockroachdb", "timescale":
		return "postgres://"
	case "mysql", "mysql2", "mariadb":
		return "mysql://"
	case "sqlite", "sqlite3":
		return "sqlite://"
	}
	return ""
}

// otherScheme says what to write in place of a scheme of another program.
func otherScheme(url string) error {
	return &PartError{"the url begins with the scheme of a driver or framework", "write " + rightScheme(url) + " in its place"}
}
