// Package credential has what all credentials have in common: the header field that
// carries one ([Carrier]), their longest size, how they derive from a run's secret
// ([DeriveKey], [Stream]), and how files of them are read without showing any. What flows
// in: requests, secrets, texts. What flows out: the one credential of a request, random
// bytes, errors with positions.
//
// Packages below it have what several methods share of one kind of credential: jose for
// signed tokens, opaque for keys that a server looks up, store for where it looks. No
// error of them quotes a credential or a key.
package credential
