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
    let count = scene.instances.len();
    let index = match places.boxes(count) {
        Some(boxes) => boxes.iter().position(|rect| rect.contains(cell))?,
        None if count <= usize::from(places.body.height)
            && (places.instances.x..places.instances.end()).contains(&cell.x) =>
        {
            (0..count).find(|&place| places.instance_row(place, count) == cell.y)?
        }
        None => return None,
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
        assert_eq!((hit(&airy, 100, 5), hit(&airy, 100, 6)), (Some(Target::Instance(2)), None), "every other row");
    }
}
