"""Values of every kind, made up: those that are found, and neighbours that are none.

Keys are put together here from parts, so that no file of the repository looks as if it held one.
"""

from __future__ import annotations

RANDOM = "q7Zk2VxT9bLm4RsW8yNc3HdJ6pFgA1eUiOoX5vBt"
WEB_TOKEN = ".".join(
    ("eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P")
)
KEY_BLOCK = (
    "-----BEGIN RSA PRIVATE" + " KEY-----\n" + "MIIEow+/0" * 12 + "\n-----END RSA PRIVATE KEY-----"
)

FOUND = {
    "email": [
        "ada@example.org", "first.last+tag@sub.example.co.uk", "o'neil@example.com",
        "a_b-c@xn--bcher-kva.example", "ADA@EXAMPLE.ORG",
    ],
    "url_credentials": ["ada:s3cret", ":token", "ada:p%40ss"],
    "ip": [
        "106.31.73.20", "8.8.8.80", "2a00:1450:4001:81b::200e",
        "6e40:4041:c617:e898:c11:40d2:c669:2eb4",
    ],
    "phone": [
        "+44 20 7946 0958", "+46 (0)8 928 571 38", "+8613812345678", "(415) 555-2671",
        "415-555-2671", "415.555.2671 x123", "1-415-555-2671", "13812345678", "138 1234 5678",
        "138-1234-5678", "+1 415 555 2671",
    ],
    "card": [
        "4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005",
        "3782 822463 10005", "30569309025904", "6011000990139424", "3530111333300000",
        "4222222222222", "6212345678901232", "2223003122003222",
    ],
    "iban": [
        "GB82WEST12345698765432", "GB82 WEST 1234 5698 7654 32", "DE89370400440532013000",
        "gb82west12345698765432", "MT84MALT011000012345MTLCAST001S", "NO93 8601 1117 947",
    ],
    "ssn": ["460-89-9847", "054-28-6917"],
    "chinese_id": ["11010519491231002X", "440524188001010014", "11010519491231002x"],
    "api_key": [
        "AKIA" + "IOSFODNN7EXAMPLE", "ghp_" + RANDOM[:36],
        "github_pat_" + "a1" * 11 + "_" + "b2" * 29 + "c",
        "AIza" + RANDOM[:35], "sk-" + RANDOM, "sk-proj-" + RANDOM, "sk_live_" + RANDOM[:24],
        "xoxb-" + "123456789012-" + RANDOM[:24], "hf_" + "abcdefGHIJ" * 3 + "abcd", WEB_TOKEN,
        KEY_BLOCK,
    ],
}  # fmt: skip

NOT_FOUND = [
    # Addresses
    "@decorator", "a@b", "icon@2x.png", "user@localhost", "a..b@example.org", "x @ example.org",
    "https://example.org/a:b@c", "https://host:8080/x", "https://${USER}:${PASS}@example.org/",
    "postgres://user:<password>@db/", "10.0.0.1", "192.168.1.1", "127.0.0.1", "256.1.1.1",
    "1.2.3.4", "1.2.3.4.5", "version 10.31.73.20", "Chrome/91.0.4472.124", "224.0.0.5", "fe80::1",
    "::1", "a::b", "std::vector", "10:20:30", "aa:bb:cc:dd:ee:ff", "00:11:22:33:44:55:66:77",
    "2001:db8::1", "0.106.31.73.20", "106.031.73.20",
    # Telephones
    "2024-01-15", "+1234567", "123-456-7890", "911-555-2671", "12812345678", "138123456789",
    "+49 1.5", "1700000000", "0.13812345678", "415 555 2671", "+10011010010", "+21 12345678",
    # Cards
    "4111111111111112", "411111111111111", "4111 1111 11111111", "1234567890123452",
    "0000000000000000", "8 1234 4111 1111 1111 1111", "4111 1111 1111 1111 1234",
    "3.14159265358979323846", "4111-1111 1111-1111", "x4111111111111111",
    # Accounts
    "GB82WEST12345698765433", "GB82WEST1234569876543", "XX82WEST12345698765432",
    "Gb82WEST12345698765432", "GB82WEST123456987654321", "GB82 WEST12345698765432",
    # Identities
    "000-12-3456", "666-12-3456", "900-12-3456", "460-00-9847", "460-89-0000", "460-89-98470",
    "460899847", "110105194912310021", "11010519491331002X", "99010519491231002X",
    "1101051949123100", "A11010519491231002X",
    # Keys
    "AKIA" + "iosfodnn7example", "sk-loading-container-class-name-1", "ghp_short",
    "sk-" + "a1" * 20, "eyJhbGciOiJI.eyJzdWIiOiIx.abc", "aaaaaaaa" * 10,
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PUBLIC KEY-----\n" + "MIIE" * 20, "3f786850e387550fdab836ed7e6dc881de23001b",
]  # fmt: skip
