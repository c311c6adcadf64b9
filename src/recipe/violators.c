/*
 * violators.c
 *	  SQL that counts and names the rows that violate something.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "recipe/violators.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "violators.c must stay pure"
#endif

/* Around a query that returns the name of each such row. */
static char *
count_names(const char *names)
{
	return psprintf("SELECT pg_catalog.count(*), pg_catalog.string_agg(name, ', ') FILTER (WHERE number <= 5) FROM (SELECT v.name, pg_catalog.row_number() OVER () AS number FROM (%s) AS v) AS violators",
					names);
}

char *
gradual_violators_where(const GradualTable *table, const char *condition)
{
	return count_names(psprintf("SELECT %s AS name FROM %s AS r WHERE %s",
								table->row, table->qualified, condition));
}

char *
gradual_violators_null(const GradualTable *table, const char *column)
{
	return gradual_violators_where(table, psprintf("%s IS NULL", quote_identifier(column)));
}

/* An expression for a text in which the words in @..@ are what the catalog says. */
static char *
with_words(const char *template)
{
	static const char *const words[][2] = {
		{"@expression@", "pg_catalog.pg_get_expr(c.conbin, c.conrelid)"},
		{"@referenced@", "pg_catalog.quote_ident(rn.nspname) || '.' || pg_catalog.quote_ident(rt.relname)"},
		{"@given@", "k.given"},
		{"@same@", "k.same"},
		{"@columns@", "k.columns"},
	};
	char	   *expression = quote_literal_cstr(template);

	for (int i = 0; i < lengthof(words); i++)
	{
		if (strstr(template, words[i][0]) != NULL)
			expression = psprintf("pg_catalog.replace(%s, '%s', %s)", expression,
								  words[i][0], words[i][1]);
	}
	return expression;
}

/*
 * A CHECK by its expression, a key by groups of more than one row, a foreign key
 * by the rows that find no other one.
 */
char *
gradual_violators_of_constraint(const GradualTable *table, const char *constraint,
								const char *prefix)
{
	char	   *check = gradual_violators_where(table, "NOT (@expression@)");
	char	   *foreign = gradual_violators_where(table, "@given@ AND NOT EXISTS (SELECT FROM @referenced@ AS k WHERE @same@)");
	char	   *unique = count_names(psprintf("SELECT pg_catalog.concat_ws(', ', @columns@) AS name FROM %s AS r WHERE @given@ GROUP BY @columns@ HAVING pg_catalog.count(*) > 1",
											  table->qualified));

	return psprintf("SELECT %s || CASE c.contype WHEN 'c' THEN %s WHEN 'f' THEN %s ELSE %s END FROM pg_catalog.pg_constraint c LEFT JOIN pg_catalog.pg_class rt ON rt.oid = c.confrelid LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = rt.relnamespace, LATERAL (SELECT pg_catalog.string_agg(pg_catalog.format('r.%%I IS NOT NULL', a.attname), ' AND ' ORDER BY n) AS given, pg_catalog.string_agg('k.' || pg_catalog.quote_ident(f.attname) || ' OPERATOR(' || pg_catalog.quote_ident(s.nspname) || '.' || o.oprname || ') r.' || pg_catalog.quote_ident(a.attname), ' AND ' ORDER BY n) AS same, pg_catalog.string_agg(pg_catalog.format('r.%%I', a.attname), ', ' ORDER BY n) AS columns FROM pg_catalog.unnest(c.conkey) WITH ORDINALITY AS u (own, n) JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.own LEFT JOIN pg_catalog.pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[u.n] LEFT JOIN pg_catalog.pg_operator o ON o.oid = c.conpfeqop[u.n] LEFT JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace) k WHERE c.conrelid = pg_catalog.to_regclass(%s) AND c.conname = %s AND c.convalidated AND c.contype IN ('c', 'f', 'u', 'p')",
					quote_literal_cstr(prefix), with_words(check), with_words(foreign),
					with_words(unique), quote_literal_cstr(table->qualified),
					quote_literal_cstr(constraint));
}
