package main

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// checkListenAddresses returns what is to be written instead of an address that nobody can listen on. Whether the others
// are free, and exist on this machine, shows when they are listened on.
func checkListenAddresses(addresses []string) error {
	for _, address := range addresses {
		reason, instead := listenAddress(address)
		if reason != "" {
			return fmt.Errorf("--web.listen-address: %s: %s: write %s", address, reason, instead)
		}
	}
	return nil
}

// listenAddress returns what is wrong with the form of an address and how it is written, "" if nothing is.
func listenAddress(address string) (reason, instead string) {
	if strings.HasPrefix(address, "vsock://") {
		return "", ""
	}
	if _, after, ok := strings.Cut(address, "://"); ok {
		after, _, _ = strings.Cut(after, "/")
		if _, instead = listenAddress(after); instead == "" {
			instead = after
		}
		return "it is not a URL", instead
	}
	if _, _, err := net.SplitHostPort(address); err == nil {
		return "", ""
	}
	port := defaultAddress[1:]
	if colons := strings.Count(address, ":"); colons > 1 || strings.ContainsAny(address, "[]") {
		host, after, behind := strings.Cut(strings.TrimPrefix(address, "["), "]")
		if !behind {
			host, after = splitIPv6(host)
		}
		if after = strings.TrimPrefix(after, ":"); isPort(after) {
			port = after
		}
		if !isIPv6(host) {
			host, _, _ = strings.Cut(host, ":")
			return "it is neither a host and a port nor an IPv6 address in square brackets and a port", host + ":" + port
		}
		return "an IPv6 address goes in square brackets, followed by a colon and the port", net.JoinHostPort(host, port)
	}
	if isPort(address) {
		return "it names no port", ":" + address
	}
	return "it names no port", net.JoinHostPort(address, port)
}

// splitIPv6 returns the address and the port of a text without square brackets, "" if it seems to have none.
func splitIPv6(text string) (host, port string) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 || !isPort(text[at+1:]) || len(text[at+1:]) == 1 { // ::1 is the address of this machine.
		return text, ""
	}
	switch host = text[:at]; {
	case host == ":": // All addresses of this machine.
		return "::", text[at+1:]
	case isIPv6(host):
		return host, text[at+1:]
	}
	return text, ""
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

func isIPv6(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is6()
}
