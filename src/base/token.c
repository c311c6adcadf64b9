/*
 * token.c
 *	  Words, texts and comments of a script.
 *
 * The server's scanner would know them, too, but it raises for what it cannot read,
 * and where in a script an error lies is asked while that is being raised.
 */
#include "postgres.h"

#include "parser/parser.h"

#include "base/token.h"

const char *
gradual_token_skip_blank(const char *sql)
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

bool
gradual_token_in_word(char c)
{
	return IS_HIGHBIT_SET(c) || isalnum((unsigned char) c) || c == '_' || c == '$';
}

bool
gradual_token_is(const char *token, int length, const char *word)
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

	while (gradual_token_in_word(*sql) && *sql != '$')
		sql++;
	if (*sql != '$' || isdigit((unsigned char) tag[1]))
		return tag + 1;
	length = ++sql - tag;
	while (*sql != '\0' && strncmp(sql, tag, length) != 0)
		sql++;
	return *sql == '\0' ? sql : sql + length;
}

const char *
gradual_token_end(const char *sql, bool *escapes)
{
	const char *begin = sql;

	if (*sql == '\'')
		return skip_quoted(sql, *escapes || !standard_conforming_strings);
	*escapes = false;
	if (*sql == '"')
		return skip_quoted(sql, false);
	if (*sql == '$')
		return skip_dollar(sql);
	if (!gradual_token_in_word(*sql))
		return sql + 1;
	while (gradual_token_in_word(*sql))
		sql++;
	*escapes = gradual_token_is(begin, sql - begin, "e") && *sql == '\'';
	return sql;
}
