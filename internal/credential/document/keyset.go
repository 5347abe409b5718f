package document

import (
	"bytes"
	"encoding/json"

	"authbench/internal/credential/jose"
)

// KeySetOf returns the keys of verification material as one key set.
func KeySetOf(verifications ...json.RawMessage) ([]byte, error) {
	var keys []jose.JWK
	for _, v := range verifications {
		material, err := ReadVerification("verification material", bytes.NewReader(v))
		if err != nil {
			return nil, err
		}
		keys = append(keys, material.Keys...)
	}
	return jose.EncodeKeySet(keys...)
}

// PublishKeys moves the keys of verification material into a key set, and returns
// the material of a server that fetches them: from the URL that publish returns.
func PublishKeys(verification json.RawMessage, publish func(set []byte) (address string, err error)) (json.RawMessage, error) {
	material, err := ReadVerification("verification material", bytes.NewReader(verification))
	if err != nil {
		return nil, err
	}
	set, err := jose.EncodeKeySet(material.Keys...)
	if err != nil {
		return nil, err
	}
	material.Keys = nil
	if material.KeySet, err = publish(set); err != nil {
		return nil, err
	}
	return material.Encode()
}
