// Judges Go texts as the compiler's front end and gofmt do, one after the other, for the fuzz target.
//
// A request is a line with the length in bytes, then the text. The answer is a line with three words and a
// message (parses, compiles, length of the formatted text), then the formatted text.
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/build"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"strings"
)

func main() {
	build.Default.CgoEnabled = false
	packages := importer.ForCompiler(token.NewFileSet(), "source", nil)
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriter(os.Stdout)
	for {
		var length int
		if _, err := fmt.Fscanf(in, "%d\n", &length); err != nil {
			return
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(in, text); err != nil {
			return
		}
		err := check(packages, text)
		formatted, broken := format.Source(text)
		if broken != nil {
			err, formatted = broken, nil
		}
		message := "-"
		if err != nil {
			message = strings.ReplaceAll(err.Error(), "\n", " | ")
		}
		fmt.Fprintf(out, "%t %t %d %s\n", broken == nil, err == nil, len(formatted), message)
		out.Write(formatted)
		out.Flush()
	}
}

func check(packages types.Importer, text []byte) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "in.go", text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	config := types.Config{Importer: packages}
	_, err = config.Check(file.Name.Name, files, []*ast.File{file}, nil)
	return err
}
