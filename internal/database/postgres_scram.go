package database

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
)

const (
	saslContinue = 11 // The kind of a request for a password that says how often it is to be hashed.

	// mostIterations is how often a password is hashed for a server: for about a second, which nothing ends. PostgreSQL itself asks for 4,096, unless
	// somebody sets scram_iterations: https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-SCRAM-ITERATIONS
	mostIterations = 1_000_000
)

// checkIterations returns an error if a server asks for too much work in the body of a request for a password. What else is wrong with it, lib/pq says.
func checkIterations(address string, body []byte) error {
	if len(body) < 4 || binary.BigEndian.Uint32(body) != saslContinue {
		return nil
	}
	for field := range bytes.SplitSeq(body[4:], []byte(",")) {
		digits, isCount := bytes.CutPrefix(field, []byte("i="))
		if n, err := strconv.Atoi(string(digits)); isCount && err == nil && n > mostIterations {
			return &stranger{fmt.Sprintf("%s has a password hashed %d times, and %d times are the most: PostgreSQL does so 4096 times unless scram_iterations says otherwise",
				address, n, mostIterations)}
		}
	}
	return nil
}
