//! Rows as aligned columns.

/// The rows as text, columns aligned, three blanks between them. Columns that are empty below their title are left out.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let filled = |column: usize| {
        rows.len() == 1
            || rows
                .iter()
                .skip(1)
                .any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()))
    };
    let shown: Vec<(usize, usize)> = (0..columns)
        .filter(|&column| filled(column))
        .filter_map(|column| Some((column, width(column)?)))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = shown.iter().map(|&(column, width)| {
            format!("{:width$}", row.get(column).map_or("", String::as_str))
        });
        let line = cells.collect::<Vec<_>>().join("   ");
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let text = table(&[
            row(["ID", "PHASE", "VERSION"]),
            row(["a", "", "1"]),
            row(["long", "", "12"]),
        ]);
        assert_eq!(text, "ID     VERSION\na      1\nlong   12\n");
        assert_eq!(
            table(&[row(["ID", "PHASE", "VERSION"])]),
            "ID   PHASE   VERSION\n"
        );
    }
}
