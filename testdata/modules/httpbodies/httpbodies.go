// Package httpbodies fetches pages in loops and defers closing the bodies.
package httpbodies

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Lengths returns how many bytes each page has; pages that are not found are left out.
func Lengths(client *http.Client, urls []string) (map[string]int, error) {
	lengths := make(map[string]int)
	for _, url := range urls {
		resp, err := client.Get(url)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()

		if resp.StatusCode == http.StatusNotFound {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", url, err)
		}
		lengths[url] = len(body)
	}
	return lengths, nil
}

// Page is one part of a list.
type Page struct {
	Items []string `json:"items"`
	Next  string   `json:"next"`
}

// All follows the pages of a list to its end.
func All(client *http.Client, base, path string) (items []string, err error) {
	for path != "" {
		resp, err := client.Get(base + path)
		if err != nil {
			return items, err
		}
		defer resp.Body.Close()

		if resp.StatusCode != http.StatusOK {
			return items, fmt.Errorf("%s: %s", path, resp.Status)
		}
		var page Page
		if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
			return items, err
		}
		items = append(items, page.Items...)
		path = page.Next
	}
	return items, nil
}

// Mirror returns for each path the first host that serves it. A host that answers 503 ends the search for all.
func Mirror(client *http.Client, hosts, paths []string) map[string]string {
	found := make(map[string]string)
search:
	for _, path := range paths {
		for _, host := range hosts {
			resp, err := client.Get(host + path)
			if err != nil {
				continue
			}
			defer resp.Body.Close()

			switch resp.StatusCode {
			case http.StatusOK:
				found[path] = host
				continue search
			case http.StatusServiceUnavailable:
				break search
			default:
				_, _ = io.Copy(io.Discard, resp.Body)
			}
		}
	}
	return found
}
