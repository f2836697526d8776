a--
-- PostgreSQL database dump
--

\restrict abc

SET standard_conforming_strings = on;
COPY public.t (a) FROM stdin;
1
\.

CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $_$ SELECT 1; $_$;
\unrestrict abc
