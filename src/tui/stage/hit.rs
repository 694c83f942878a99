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
            usize::from(cell.y.checked_sub(places.body.y)?)
        }
        None => return None,
    };
    scene.instances.get(index).map(|instance| Target::Instance(instance.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Home, Scenario};

    #[test]
    fn a_click_finds_what_is_drawn_there() {
        let area = Rect::new(0, 2, 120, 27);
        let sticky = Scene::new(&Scenario::default(), Home::Sticky);
        let hit = |scene, x, y| at(scene, area, Position::new(x, y));
        assert_eq!(hit(&sticky, 100, 4), Some(Target::Instance(1)));
        assert_eq!(hit(&sticky, 100, 14), Some(Target::Instance(2)));
        assert_eq!(hit(&sticky, 100, 27), Some(Target::Instance(3)));
        assert_eq!(hit(&sticky, 20, 4), None);
        let store = Scene::new(&Scenario::default(), Home::Store);
        assert_eq!(hit(&store, 110, 14), Some(Target::Store));
        let mut many = Scenario::default();
        many.instance.count = 20;
        assert_eq!(hit(&Scene::new(&many, Home::Sticky), 100, 3 + 11), Some(Target::Instance(12)));
    }
}
