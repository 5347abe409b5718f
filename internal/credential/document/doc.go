// Package document has the files in which keys and credentials travel. What flows in: keys,
// records, credentials, or such a file. What flows out: the file, or what it holds, and
// errors that name line and column and quote nothing.
//
//   - [Verification] is what a server needs to verify a method's credentials.
//   - [SigningKeys] are what only an issuer needs.
//   - [CredentialList] is a list of ready-made credentials.
package document
