package bench

import (
	"compress/gzip"
	"io"
)

// Gzip packs all blobs, one behind the other.
func Gzip(w io.Writer, blobs [][]byte) error {
	for _, blob := range blobs {
		zw := gzip.NewWriter(w)
		defer zw.Close()
		if _, err := zw.Write(blob); err != nil {
			return err
		}
	}
	return nil
}
