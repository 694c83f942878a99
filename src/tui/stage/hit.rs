//! What the pointer points at: the same geometry as the drawing, backwards.

use super::geometry::Geometry;
use crate::command::Target;
use crate::scene::Scene;
use ratatui::layout::{Position, Rect};

/// The instance or store at a cell of the screen, if the Stage drawn into `area` has one there.
#[must_use]
pub fn at(scene: &Scene, area: Rect, cell: Position) -> Option<Target> {
    let places = Geometry::new(area, scene.store.is_some())?;
    if places.store.contains(cell) {
        return Some(Target::Store);
    }
    let index = match places.boxes(scene) {
        Some(boxes) => boxes.iter().position(|rect| rect.contains(cell))?,
        None => {
            let grid = places.grid(scene);
            let width = if grid.rows() { places.instances.width } else { grid.cell };
            let here = |at: Position| at.y == cell.y && (at.x..at.x + width).contains(&cell.x);
            (0..grid.shown).find(|&place| here(grid.of(place)))?
        }
    };
    scene.instances.get(index).map(|instance| Target::Instance(instance.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Home;
    use crate::scene::script::Script;

    #[test]
    fn a_click_finds_what_is_drawn_there() {
        let area = Rect::new(0, 2, 120, 27);
        let hit = |scene: &Scene, x, y| at(scene, area, Position::new(x, y));
        let sticky = Script::new(12, 3, Home::Sticky).scene;
        assert_eq!(hit(&sticky, 100, 4), Some(Target::Instance(1)));
        assert_eq!(hit(&sticky, 100, 14), Some(Target::Instance(2)));
        assert_eq!(hit(&sticky, 100, 27), Some(Target::Instance(3)));
        assert_eq!(hit(&sticky, 20, 4), None);
        assert_eq!(hit(&Script::new(12, 3, Home::Store).scene, 110, 14), Some(Target::Store));
        assert_eq!(hit(&Script::new(12, 20, Home::Sticky).scene, 100, 3 + 11), Some(Target::Instance(12)));
        let airy = Script::new(12, 12, Home::Sticky).scene;
        // Number and glyph each, seven in every third row: the last is the fourth of the fifth, and beside it there is nobody.
        let grid = Script::new(12, 32, Home::Sticky).scene;
        assert_eq!((hit(&grid, 91, 3), hit(&grid, 101, 15)), (Some(Target::Instance(1)), Some(Target::Instance(32))));
        assert_eq!((hit(&grid, 105, 15), hit(&grid, 89, 4)), (None, None));
        assert_eq!((hit(&airy, 100, 5), hit(&airy, 100, 6)), (Some(Target::Instance(2)), None), "every other row");
    }
}
