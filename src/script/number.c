/*
 * number.c
 *	  Which statement of a script a place in its text belongs to.
 *
 * The server's scanner would know, but it raises for what it cannot read, and
 * this is asked while an error is being raised.
 */
#include "postgres.h"

#include "parser/parser.h"

#include "script/number.h"

const char *
gradual_number_skip_blank(const char *sql)
{
	for (;;)
	{
		while (*sql != '\0' && strchr(" \t\n\r\f\v", *sql) != NULL)
			sql++;
		if (sql[0] == '-' && sql[1] == '-')
			sql += strcspn(sql, "\n\r");
		else if (sql[0] == '/' && sql[1] == '*')
		{
			int			depth = 0;

			do
			{
				if (sql[0] == '/' && sql[1] == '*')
					depth++, sql += 2;
				else if (sql[0] == '*' && sql[1] == '/')
					depth--, sql += 2;
				else
					sql++;
			} while (depth > 0 && *sql != '\0');
		}
		else
			return sql;
	}
}

static bool
is_in_word(char c)
{
	return IS_HIGHBIT_SET(c) || isalnum((unsigned char) c) || c == '_' || c == '$';
}

static bool
is_word(const char *token, int length, const char *word)
{
	return length == strlen(word) && pg_strncasecmp(token, word, length) == 0;
}

/* A doubled quote ends one text and begins the next. */
static const char *
skip_quoted(const char *sql, bool escapes)
{
	char		quote = *sql++;

	while (*sql != '\0' && *sql != quote)
		sql += escapes && sql[0] == '\\' && sql[1] != '\0' ? 2 : 1;
	return *sql == '\0' ? sql : sql + 1;
}

/* $1 is no quote. */
static const char *
skip_dollar(const char *sql)
{
	const char *tag = sql++;
	int			length;

	while (is_in_word(*sql) && *sql != '$')
		sql++;
	if (*sql != '$' || isdigit((unsigned char) tag[1]))
		return tag + 1;
	length = ++sql - tag;
	while (*sql != '\0' && strncmp(sql, tag, length) != 0)
		sql++;
	return *sql == '\0' ? sql : sql + length;
}

/* A word, a quoted text or a single character; 'escapes' is of the quoted text before. */
static const char *
skip_token(const char *sql, bool *escapes)
{
	const char *begin = sql;

	if (*sql == '\'')
		return skip_quoted(sql, *escapes || !standard_conforming_strings);
	*escapes = false;
	if (*sql == '"')
		return skip_quoted(sql, false);
	if (*sql == '$')
		return skip_dollar(sql);
	if (!is_in_word(*sql))
		return sql + 1;
	while (is_in_word(*sql))
		sql++;
	*escapes = is_word(begin, sql - begin, "e") && *sql == '\'';
	return sql;
}

/*
 * Semicolons end a statement, except for those in the parentheses of a rule and
 * in the body of a function, where every END that is not a CASE's is its last.
 */
int
gradual_number_at(const char *script, int offset, bool *is_first)
{
	const char *sql = script;
	int			number = 1;
	int			parentheses = 0;
	int			bodies = 0;
	bool		empty = true;
	bool		escapes = false;
	bool		begins = false;

	while ((sql = gradual_number_skip_blank(sql)) < script + offset && *sql != '\0')
	{
		const char *token = sql;
		int			length = (sql = skip_token(sql, &escapes)) - token;

		if (*token == ';' && parentheses <= 0 && bodies == 0)
		{
			number += !empty;
			empty = true;
			continue;
		}
		empty = false;
		if (*token == '(')
			parentheses++;
		else if (*token == ')')
			parentheses--;
		else if ((begins && is_word(token, length, "atomic")) ||
				 (bodies > 0 && is_word(token, length, "case")))
			bodies++;
		else if (bodies > 0 && is_word(token, length, "end"))
			bodies--;
		begins = is_word(token, length, "begin");
	}
	*is_first = sql == script + offset;
	return number;
}
