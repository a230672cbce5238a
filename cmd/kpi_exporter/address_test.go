package main

import (
	"net"
	"testing"
)

func TestListenAddress(t *testing.T) {
	t.Parallel()
	const (
		brackets = "an IPv6 address goes in square brackets, followed by a colon and the port"
		neither  = "it is neither a host and a port nor an IPv6 address in square brackets and a port"
		noPort   = "it names no port"
	)
	tests := map[string]struct{ reason, instead string }{
		":9100":                         {"", ""},
		"localhost:9100":                {"", ""},
		"127.0.0.1:9100":                {"", ""},
		"0.0.0.0:0":                     {"", ""},
		"[::1]:9100":                    {"", ""},
		"[::]:9100":                     {"", ""},
		"[fe80::1%eth0]:9100":           {"", ""},
		"localhost:http":                {"", ""},
		"vsock://:9100":                 {"", ""},
		"::1:9100":                      {brackets, "[::1]:9100"},
		"::9100":                        {brackets, "[::]:9100"},
		":::9100":                       {brackets, "[::]:9100"},
		"::":                            {brackets, "[::]:10574"},
		"::1":                           {brackets, "[::1]:10574"},
		"fe80::1":                       {brackets, "[fe80::1]:10574"},
		"fe80::1:9100":                  {brackets, "[fe80::1]:9100"},
		"fe80::1%eth0:9100":             {brackets, "[fe80::1%eth0]:9100"},
		"2001:db8:0:0:0:0:0:1:9100":     {brackets, "[2001:db8:0:0:0:0:0:1]:9100"},
		"2001:db8:0:0:0:0:0:1":          {brackets, "[2001:db8:0:0:0:0:0:1]:10574"},
		"[::1]":                         {brackets, "[::1]:10574"},
		"[::1]9100":                     {brackets, "[::1]:9100"},
		"[::1:9100":                     {brackets, "[::1]:9100"},
		"::1]:9100":                     {brackets, "[::1]:9100"},
		"[localhost]":                   {neither, "localhost:10574"},
		"localhost:91:00":               {neither, "localhost:10574"},
		"9100":                          {noPort, ":9100"},
		"localhost":                     {noPort, "localhost:10574"},
		"127.0.0.1":                     {noPort, "127.0.0.1:10574"},
		"":                              {noPort, ":10574"},
		"http://localhost:9100/metrics": {"it is not a URL", "localhost:9100"},
		"http://localhost":              {"it is not a URL", "localhost:10574"},
		"http://::1:9100/":              {"it is not a URL", "[::1]:9100"},
	}
	for address, want := range tests {
		t.Run(address, func(t *testing.T) {
			reason, instead := listenAddress(address)
			if reason != want.reason || instead != want.instead {
				t.Errorf("%q, %q; want %q, %q", reason, instead, want.reason, want.instead)
			}
			if instead != "" {
				if _, _, err := net.SplitHostPort(instead); err != nil {
					t.Errorf("what is to be written is wrong, too: %v", err)
				}
			}
		})
	}
}
