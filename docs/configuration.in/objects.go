// Package orders is the example of docs/configuration.md.
package orders

import (
	"os"

	"example.com/store"
)

// Upload puts files into the store.
func Upload(client *store.Client, paths []string) error {
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := client.Put(path, f); err != nil {
			return err
		}
	}
	return nil
}

// Sizes asks the store how large objects are.
func Sizes(client *store.Client, names []string) (map[string]int64, error) {
	sizes := make(map[string]int64)
	for _, name := range names {
		object, err := client.Get(name)
		if err != nil {
			return nil, err
		}
		defer object.Close()
		sizes[name] = object.Size()
	}
	return sizes, nil
}
