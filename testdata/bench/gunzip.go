package bench

import (
	"bytes"
	"compress/gzip"
	"io"
)

// Gunzip unpacks all blobs and tells their size together.
func Gunzip(blobs [][]byte) (int64, error) {
	total := int64(0)
	for _, blob := range blobs {
		zr, err := gzip.NewReader(bytes.NewReader(blob))
		if err != nil {
			return 0, err
		}
		defer zr.Close()
		n, err := io.Copy(io.Discard, zr)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}
