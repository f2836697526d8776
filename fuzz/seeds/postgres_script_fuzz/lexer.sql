bSELECT E'a\'b', $a$ x $a$, "q""r", U&'x'; /* a /* b */ */
CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN b END; END;
