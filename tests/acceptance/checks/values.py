"""What values look like."""

import binascii
import datetime
import re
import uuid

KEY = re.compile(r"rpa_[A-Z0-9]{40}[0-9A-Za-z]{6}")
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def is_uuid(text):
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def is_time(text):
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo is not None
    except (ValueError, AttributeError):
        return False


def is_key(text):
    return bool(KEY.fullmatch(text)) and text == with_checksum(text[:-6])


def with_checksum(text):
    """CRC-32 in base 62, six digits: tells a mistyped key from an unknown one."""
    rest, digits = binascii.crc32(text.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = BASE62[digit] + digits
    return text + digits
