"""Parts of the rows: cut, asked for by a query, searched for weak ones and confirmed."""
