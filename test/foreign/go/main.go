// Reads a log and its proofs with the Go project's own code, golang.org/x/mod/sumdb, and none of ours.
//
//	main proof <vkey> <file.tlog-proof>   checks an inclusion proof and the checkpoint it brings along
//	main log <vkey> <folder>              reads checkpoint and tiles, and checks every entry against the root
//
// Prints what held, one line each; ends with 1 and the reason at the first thing that does not.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: main proof|log <vkey> <path>"))
	}
	check := map[string]func(string, string) error{"proof": checkProof, "log": checkLog}[os.Args[1]]
	if check == nil {
		fail(fmt.Errorf("unknown check %q", os.Args[1]))
	}
	if err := check(os.Args[2], os.Args[3]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// openCheckpoint verifies the signed note, as C2SP tlog-checkpoint lays it out.
func openCheckpoint(vkey string, msg []byte) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("no checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// checkProof follows C2SP tlog-proof: extra, index and path, an empty line, the checkpoint.
func checkProof(vkey, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, checkpoint, _ := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("no tlog-proof with its entry")
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	tree, err := openCheckpoint(vkey, []byte(checkpoint))
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("entry %d of %d proven: %s\n", index, tree.N, entry)
	return nil
}

// folder serves tiles as C2SP tlog-tiles names them: tile/<L>/<N>, where Go writes the height too.
type folder string

func (folder) Height() int                          { return tileHeight }
func (folder) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (at folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
		read, err := os.ReadFile(filepath.Join(string(at), path))
		if err != nil {
			return nil, err
		}
		data[i] = read
	}
	return data, nil
}

// entries reads every bundle: each entry behind its length in two bytes, big-endian.
func (at folder) entries(size int64) ([][]byte, error) {
	var all [][]byte
	for int64(len(all)) < size {
		left := size - int64(len(all))
		if left > 1<<tileHeight {
			left = 1 << tileHeight
		}
		tile := tlog.Tile{H: tileHeight, L: 0, N: int64(len(all)) >> tileHeight, W: int(left)}
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/0/", tileHeight), "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(string(at), path))
		if err != nil {
			return nil, err
		}
		for len(bundle) > 0 {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("%s: cut short", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:end])
			bundle = bundle[end:]
		}
	}
	return all, nil
}

// checkLog hashes every entry, and has tlog authenticate the tiles that hold its hash against the signed root.
func checkLog(vkey, path string) error {
	at := folder(path)
	msg, err := os.ReadFile(filepath.Join(path, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(vkey, msg)
	if err != nil {
		return err
	}
	entries, err := at.entries(tree.N)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, at)
	for index, entry := range entries {
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
		if err != nil {
			return err
		}
		if hashes[0] != tlog.RecordHash(entry) {
			return fmt.Errorf("entry %d is not what the tree holds", index)
		}
	}
	fmt.Printf("%d entries lead to %s\n", len(entries), tree.Hash)
	return nil
}
